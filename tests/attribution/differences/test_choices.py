"""The advice of a comparison says what speaks against it, and nothing else in its report contradicts it."""

from dataclasses import replace

import pytest

from client_results import COLD, client
from clientprof.attribution.differences.choices import choice_of, held_to
from clientprof.attribution.findings.causes import causes_of
from clientprof.attribution.findings.connections import name_lookups
from clientprof.attribution.findings.subject import Subject
from clientprof.model.differences.choice import Choice, Decision
from clientprof.model.differences.comparison import Pair
from clientprof.model.estimate import Effect, Estimate, Verdict
from clientprof.model.findings import Finding, Notice
from clientprof.model.layers import Layer
from clientprof.model.results import Comparison, TraceResult

FASTER, SLOWER, NONE, SAME = Verdict.FASTER, Verdict.SLOWER, Verdict.NO_VERDICT, Verdict.NO_DIFFERENCE
SCAN = Finding("pool-scan", "scans", Layer.POOL, (), "", (), "", "", cost_us_per_request=50.0)
NAMES = name_lookups(Subject(client(cold=replace(COLD, name_lookups=100))))


def effect(name: str, ratio: float, verdict: Verdict, reason: str = "") -> Effect:
    return Effect("base", name, "cpu", Estimate(ratio, None, None, "ratio", 6), None, verdict, reason)


def pair(name: str, ratio: float, verdict: Verdict, wall: Verdict = SAME, reason: str = "") -> Pair:
    gap = Estimate(1.0, None, None, "us", 1)
    return Pair(Comparison(effect(name, ratio, verdict, reason), effect(name, 1.2, wall), gap, ()), None, (), None)


def measured(*findings: Finding, name: str = "httpx2", notices: tuple[Notice, ...] = ()) -> TraceResult:
    one = client(name=name)
    causes = causes_of(findings, one)
    return TraceResult(
        "", (), "", 1, True, (), (), (one,), notices=notices, causes=causes,
        findings=tuple(each for cause in causes for each in cause.findings),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pairs", "decision", "candidate"),
    [
        ([pair("a", 0.9, FASTER), pair("b", 0.5, FASTER), pair("c", 2.0, SLOWER)], Decision.TAKE, "b"),
        ([pair("a", 3.0, SLOWER), pair("b", 1.5, SLOWER)], Decision.STAY, "b"),
        ([pair("a", 3.0, SLOWER), pair("b", 1.0, SAME)], Decision.EITHER, ""),
        ([pair("a", 3.0, NONE, reason="requests failed"), pair("b", 1.0, SAME)], Decision.MEASURE_AGAIN, ""),
    ],
)
def test_the_best_candidate_is_taken_and_the_nearest_told_of_where_all_are_slower(
    pairs: list[Pair], decision: Decision, candidate: str
) -> None:
    choice = choice_of(pairs, measured())
    assert choice is not None
    assert (choice.decision, choice.candidate) == (decision, candidate)


def test_without_pairs_there_is_no_choice() -> None:
    assert choice_of([], measured()) is None


@pytest.mark.parametrize(
    ("cpu", "wall", "told"),
    [
        (FASTER, SLOWER, True),
        (SLOWER, FASTER, True),
        (FASTER, FASTER, False),
        (FASTER, NONE, False),
        (SLOWER, SAME, False),
    ],
)
def test_a_verdict_on_wall_time_that_says_the_opposite_is_told_with_the_advice(
    cpu: Verdict, wall: Verdict, told: bool
) -> None:
    choice = choice_of([pair("a", 0.5 if cpu is FASTER else 2.0, cpu, wall)], measured())
    assert choice is not None
    assert (choice.wall is not None) is told


def test_a_verdict_that_was_forced_on_unlike_loads_is_told_with_the_advice() -> None:
    differs = (Notice("in-flight-differs", "", ""),)
    for notices, unlike in ((differs, True), ((), False)):
        choice = choice_of([pair("a", 0.5, FASTER)], measured(notices=notices))
        assert choice is not None
        assert choice.unlike_loads is unlike


def texts(result: TraceResult) -> str:
    return " ".join([*(cause.remedy for cause in result.causes), *(finding.remedy for finding in result.findings)])


@pytest.mark.parametrize(
    ("choice", "baseline", "other_client"),
    [
        (Choice(Decision.STAY, "aiohttp"), "httpx2", False),  # stay with the client that the findings are about
        (Choice(Decision.STAY, "httpx2==2.0"), "httpx2", True),  # another version of it says nothing of other clients
        (Choice(Decision.TAKE, "aiohttp"), "httpx2", True),
        (Choice(Decision.STAY, "httpx2"), "aiohttp", True),  # the findings are about the slower one
        (Choice(Decision.TAKE, "httpx2"), "aiohttp", False),
        (Choice(Decision.EITHER), "httpx2", True),
    ],
)
def test_who_is_told_to_stay_with_a_client_is_not_told_to_take_another_one(
    choice: Choice, baseline: str, other_client: bool
) -> None:
    assert NAMES is not None
    said = texts(held_to(choice, measured(SCAN, NAMES), baseline))
    assert ("another client" in said) is ("Or take a client" in said) is other_client
    assert "Use another transport" in said
    assert "Use one client for all requests" in said
