"""What a trace says before it is over: the ratio, then the client's layers, then those of the difference."""

from dataclasses import replace

import pytest

from clientprof.model.estimate import Estimate, Verdict
from clientprof.report.pages.trace_page import render
from clientprof.report.writing.trace_answer import answer, gap_sentence, so_far
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


@pytest.mark.parametrize("interval", [(21.8, 22.9), (None, None)])
def test_a_ratio_of_clients_whose_requests_failed_is_told_as_no_verdict(interval: tuple[float | None, ...]) -> None:
    whole = sample_result()
    (comparison,) = whole.comparisons
    client, baseline = whole.clients
    assert client.control is not None
    assert "No verdict" not in answer(whole).sentence
    ratio = Estimate(22.3, *interval, "ratio", 6)
    reason = "3 requests of httpx failed"
    unsure = replace(comparison.effect, ratio=ratio, verdict=Verdict.NO_VERDICT, reason=reason)
    failing = replace(client, control=replace(client.control, errors={"PoolTimeout": 3}))
    failed = replace(whole, clients=(failing, baseline), comparisons=(replace(comparison, effect=unsure),))
    assert answer(failed).sentence.endswith(f" No verdict: {reason}.")
    alone = answer(replace(failed, comparisons=())).sentence
    assert alone.endswith("No baseline was measured. Not all requests succeeded: 3 PoolTimeout.")
    # One block has no interval to show, and so no verdict that anybody could take it for.
    one = replace(unsure, reason="one block allows no interval", ratio=Estimate(22.3, None, None, "ratio", 1))
    sound = replace(client, control=replace(client.control, errors={}))
    of_one = replace(whole, clients=(sound,), comparisons=(replace(comparison, effect=one),))
    assert "No verdict" not in answer(of_one).sentence


def test_other_threads_are_told_beside_the_gap_between_layers() -> None:
    whole = sample_result()
    first, *others = whole.clients
    result = replace(whole, clients=(replace(first, other_threads_us=900.0), *others))
    said = gap_sentence(result)
    assert said is not None
    assert "between the threads that make requests, most is in: pool" in said
    assert said.endswith("Other threads take 900 µs more.")
    assert "other threads" in render(result)
