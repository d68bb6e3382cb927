"""What a trace says before it is over: the ratio, then the client's layers, then those of the difference."""

from dataclasses import replace

from clientprof.report.writing.trace_answer import so_far
from sample_result import sample_result


def test_the_client_s_layers_stand_in_until_those_of_the_difference_are_known() -> None:
    whole = sample_result()
    (comparison,) = whole.comparisons
    client, baseline = whole.clients
    sampled_one = replace(
        whole, clients=(client, replace(baseline, layers=())), comparisons=(replace(comparison, gap=()),)
    )
    neither = replace(sampled_one, clients=(replace(client, layers=()), replace(baseline, layers=())))
    assert "between them, most is in: pool" in so_far(whole, 3, 6)
    assert "between them" not in so_far(sampled_one, 3, 6)
    assert "Most of its CPU is in: pool" in so_far(sampled_one, 3, 6)
    assert so_far(neither, 3, 6).startswith("so far (3 of 6 blocks): httpx 0.28.1 spends ")
    assert "is in:" not in so_far(neither, 3, 6)
