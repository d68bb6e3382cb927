"""Two runs of a program are compared by the load that they had, not by how long they waited for it."""

import pytest

from clientprof.attribution.programs.program_changes import program_changes
from programs_by_hand import Made, Program


@pytest.mark.parametrize(("requests", "differs"), [(20, False), (5, True)])
def test_a_service_that_idles_after_its_load_had_the_same_load(requests: int, differs: bool) -> None:
    before = Program([Made(50 * n, 50 * n + 40) for n in range(20)], end=1_000)
    after = Program([Made(1000 * n // requests, 1000 * n // requests + 40) for n in range(requests)], end=600_000)
    cautions = program_changes(before.recording(), after.recording()).cautions
    assert any(text.startswith("The load differed") for text in cautions) is differs


def test_pauses_of_a_second_are_no_time_of_a_load() -> None:
    result = Program([Made(0, 500), Made(700, 1_000), Made(60_000, 60_500)], end=90_000).result()
    assert result.in_flight_s == 1.5
    assert Program([]).result().in_flight_s is None
