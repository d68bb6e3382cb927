"""Functions that no catalogue row knows are raised by their own cost, at most three, and slowed by visible doses."""

from dataclasses import replace
from pathlib import Path

import pytest

from clientprof.experiments.suspects.evidence.generic_functions import (
    ADDED,
    MOST,
    SlowDown,
    slow_down_suspects,
    target_of,
)
from clientprof.experiments.suspects.suspect import Evidence, Intervention, Suspect
from clientprof.model.estimate import Estimate
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer
from clientprof.model.results import ClientResult, FunctionCost
from clientprof.workload.changes import Change
from made_cases import TOTAL_US, case, client, function, node, us


def raised(result: ClientResult, *known: Suspect, baseline: ClientResult | None = None) -> list[SlowDown]:
    return list(slow_down_suspects(case(result, baseline), known))


def names(found: list[SlowDown]) -> list[str]:
    return [each.target.partition(":")[2] for each in found]


def suspect(pointer: str = "", change: Change | None = None) -> Suspect:
    return Suspect(
        id="known",
        kind=Kind.PATCH,
        layer=Layer.API,
        hypothesis="",
        adapters=frozenset(),
        evidence=lambda _: None,
        intervention=lambda _: Intervention(changes=() if change is None else (change,)),
        absent="",
        pointer=pointer,
    )


def test_the_costliest_functions_are_raised_first_and_never_more_than_three() -> None:
    found = raised(client(*(function(f"C.f{cost}", cost) for cost in (5, 50, 20, 30, 10))))
    assert names(found) == ["C.f50", "C.f30", "C.f20"]
    assert len(found) == MOST


def test_a_function_that_grows_comes_before_dearer_ones() -> None:
    grows = function("C.scan", 10, growth=Estimate(0.9, 0.7, 1.1, "log-log slope", 5))
    unsure = function("C.unsure", 11, growth=Estimate(0.9, -0.2, 2.0, "log-log slope", 5))
    found = raised(client(function("C.big", 60), grows, unsure, function("C.mid", 30), function("C.next", 20)))
    assert names(found) == ["C.scan", "C.big", "C.mid"]
    assert "growing as n to the 0.90" in found[0].evidence(case(client())).text  # type: ignore[union-attr]


def test_a_function_that_the_baseline_lacks_comes_before_dearer_ones_that_it_has() -> None:
    shared = [function(f"C.f{cost}", cost) for cost in (70, 60, 50)]
    baseline = client(*shared, name="other")
    found = raised(client(*shared, function("C.extra", 10)), baseline=baseline)
    assert names(found) == ["C.extra", "C.f70", "C.f60"]
    assert "other has no such function" in found[0].evidence(case(client())).text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "row",
    [
        function("C.unsure", 40, low=1.9),
        replace(function("C.once", 40), self_us_per_request=Estimate(40, None, None, "us", 1)),
        function("Handle._run", 40, module="asyncio.events", origin="stdlib"),
        function("fetch", 40, origin="profiler"),
        function("<module>", 40),
        function("__init__", 40, module="string", file="<string>"),
        function("f", 40, module="my-script"),
    ],
    ids=["interval reaches 1 %", "no interval", "standard library", "instrument", "module", "generated", "no module"],
)
def test_what_is_not_certain_or_cannot_be_slowed_is_not_raised(row: FunctionCost) -> None:
    assert raised(client(row)) == []


def test_what_a_known_suspect_points_at_or_patches_is_left_to_it(tmp_path: Path) -> None:
    file = tmp_path / "patch.py"
    file.write_text("import lib\n\ndef apply(root):\n    lib.Pool.close = None\n    setattr(lib.Pool, 'scan', None)\n")
    result = client(
        *(function(f"Pool.{name}", 40) for name in ("close", "scan", "open", "drop")), function("Jar.scan", 9)
    )
    known = [suspect("lib/pool.py: Pool.drop: keep it"), suspect(change=Change(file=str(file), name="apply"))]
    assert names(raised(result, *known)) == ["Pool.open", "Jar.scan"]
    assert names(raised(result, suspect(change=Change(target="lib:Pool.open", dose_us=1)))) == [
        "Pool.close", "Pool.scan", "Pool.drop",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("predicted_us", "left"), [(80.0, ["C.other"]), (50.0, ["C.deep", "C.other"]), (None, ["C.deep", "C.other"])]
)
def test_what_is_called_below_a_function_goes_with_it_only_where_a_suspect_predicts_to_gain_all_of_that(
    predicted_us: float | None, left: list[str]
) -> None:
    tree = (
        node(
            "lib.client:C.run",
            190,
            node("lib.client:C.poll", 80, node("lib.client:C.deep", 60)),
            node("lib.client:C.deep", 20),
        ),
    )
    result = client(function("C.deep", 50), function("C.other", 20), tree=tree)
    polls = suspect("lib/client.py: C.poll, called by C.run")
    if predicted_us is not None:
        polls = replace(polls, evidence=lambda _: Evidence("", predicted_us))
    assert names(raised(result, polls)) == left


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("f", "lib.client:f"),
        ("C.f", "lib.client:C.f"),
        ("C.__call__", "lib.client:C.__call__"),
        ("_C.__hidden", "lib.client:_C._C__hidden"),
        ("C.f.<locals>.g", "lib.client:C.f"),
        ("C.f.<locals>.<lambda>", "lib.client:C.f"),
        ("<lambda>", None),
        ("C.<lambda>", None),
    ],
)
def test_targets_are_what_can_be_replaced(name: str, target: str | None) -> None:
    assert target_of(function(name, 1)) == target


def test_a_nested_function_is_slowed_through_the_one_around_it_by_that_ones_calls() -> None:
    (found,) = raised(client(function("C.f.<locals>.g", 40, 9.0), function("C.f", 1, 2.0)))
    assert found.calls_per_request == 2.0
    assert "nested, so C.f around it is slowed" in found.evidence(case(client())).text  # type: ignore[union-attr]


@pytest.mark.parametrize(("own_us", "calls"), [(100.0, 4.0), (5.0, 50.0), (40.0, None)])
def test_the_smaller_dose_adds_half_the_functions_time_or_what_can_be_seen_and_the_larger_is_twice_that(
    own_us: float, calls: float | None
) -> None:
    (found,) = raised(client(function("C.f", own_us, calls)))
    small, large = found.doses_us
    assert small * (calls or 1) == pytest.approx(max(own_us / 2, ADDED * TOTAL_US))
    assert large == pytest.approx(2 * small)
    assert found.intervention(case(client())) == found.dosed(large)
    (change,) = found.dosed(small).changes
    assert change == Change(target="lib.client:C.f", dose_us=small)


def test_the_predicted_gain_is_the_functions_own_time() -> None:
    (found,) = raised(client(function("C.f", 33.0)))
    evidence = found.evidence(case(client()))
    assert evidence is not None
    assert evidence.predicted_us == us(33.0).value == found.own_us
    assert found.kind is Kind.SLOW_DOWN
