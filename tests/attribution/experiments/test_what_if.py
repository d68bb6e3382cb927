"""What a tried program gains, and what forbids to say so: from runs that are written down."""

from array import array
from dataclasses import replace

import pytest

from clientprof.attribution.experiments.what_if_result import what_if_of
from clientprof.model.estimate import Verdict
from clientprof.model.experiments.suspicions import Experiments, Kind, Suspicion, Trial
from clientprof.model.experiments.what_if import Tried, WhatIf
from clientprof.model.layers import Layer
from clientprof.model.recording import Manifest, Recording, RecordingKind
from clientprof.model.run import Run, RunFacts

ARMS = {"unchanged": 1000.0, "unchanged again": 1000.0, "with a": 700.0, "with b": 1200.0, "with a, b": 650.0}
# A machine that is faster and slower by the block, and a little by the run.
SPEEDS = (1.0, 1.3, 0.8, 1.1, 0.9, 1.2)
WOBBLE = (0.004, -0.003, 0.002, -0.004, 0.001, -0.002)


def run(arm: str, block: int, cost_us: float, requests: int = 100, failed: int = 0) -> Run:
    cpu_ns = round(cost_us * 1000 * requests)
    columns = {
        "round.count": requests, "round.started_ns": 0, "round.ended_ns": 2 * cpu_ns, "round.cpu_ns": cpu_ns,
        "failed.count": failed, "http2.count": 0,
    }  # fmt: skip
    facts = RunFacts("app.py", "control", arm, block, requests, True)
    return Run(facts, {name: array("q", [value]) for name, value in columns.items()})


def recording(runs: list[Run], failures: dict[str, str] | None = None) -> Recording:
    suspicions = tuple(Suspicion(name, Kind.PATCH, Layer.POOL, "why", "", None) for name in ("a", "b"))
    trials = (Trial("with a", ("a",)), Trial("with b", ("b",)), Trial("with a, b", ("a", "b")))
    held = Experiments("unchanged", suspicions, trials, failures=failures or {})
    manifest = Manifest(
        "s", "now", (), 1, True, "0", None, ("app.py",), (), (), kind=RecordingKind.WHAT_IF, experiments=held
    )
    return Recording(manifest, tuple(runs))


def runs(blocks: int = 6, **of_a: int) -> list[Run]:
    found = []
    for block in range(blocks):
        for place, (arm, cost) in enumerate(ARMS.items()):
            wobble = 1 + WOBBLE[(block + place) % len(WOBBLE)]
            found.append(run(arm, block, cost * SPEEDS[block] * wobble, **(of_a if arm == "with a" else {})))
    return found


def row(found: WhatIf, name: str) -> Tried:
    return next(each for each in found.alone if each.name == name)


def test_gains_and_losses_are_found_through_a_machine_that_changes_its_speed() -> None:
    found = what_if_of(recording(runs()))
    a, b = row(found, "a"), row(found, "b")
    assert a.cpu is not None
    assert b.cpu is not None
    assert a.cpu.verdict is Verdict.FASTER
    assert a.saved_share == pytest.approx(0.30, abs=0.01)
    assert b.cpu.verdict is Verdict.SLOWER
    assert b.saved_share == pytest.approx(-0.20, abs=0.01)
    (both,) = found.together
    assert both.cpu is not None
    assert both.cpu.verdict is Verdict.FASTER
    assert both.saved_share == pytest.approx(0.35, abs=0.01)
    assert both.alone_us is not None
    assert a.gain_us is not None
    assert b.gain_us is not None
    assert both.alone_us.value == pytest.approx(a.gain_us.value + b.gain_us.value)
    assert found.again is not None
    assert found.again.contains(1.0)


def test_another_number_of_requests_is_other_work_and_gets_no_verdict() -> None:
    a = row(what_if_of(recording(runs(requests=90))), "a")
    assert a.cpu is not None
    assert a.cpu.verdict is Verdict.NO_VERDICT
    assert "it made 90 requests a run, as it is 100" in a.cpu.reason


def test_a_load_that_lasts_a_time_gets_verdicts_and_a_word_of_caution() -> None:
    varied = [
        run(each.facts.arm, each.facts.block, each.column("round.cpu_ns")[0] / 1e5, 100 + 7 * each.facts.block)
        for each in runs()
    ]
    found = what_if_of(recording(varied))
    a = row(found, "a")
    assert a.cpu is not None
    assert a.cpu.verdict is Verdict.FASTER
    assert [notice.id for notice in found.notices] == ["requests-vary"]


def test_requests_that_fail_forbid_a_verdict() -> None:
    a = row(what_if_of(recording(runs(failed=8))), "a")
    assert a.cpu is not None
    assert a.cpu.verdict is Verdict.NO_VERDICT
    assert "8.0\u00a0% of its requests failed, as it is 0\u00a0%" in a.cpu.reason


def test_fewer_blocks_than_a_verdict_needs_are_said() -> None:
    found = what_if_of(recording(runs(blocks=3)))
    a = row(found, "a")
    assert a.cpu is not None
    assert a.cpu.verdict is Verdict.NO_VERDICT
    assert "3 of the 5 blocks" in a.cpu.reason
    assert [notice.id for notice in found.notices] == ["few-blocks"]


def test_a_program_that_differs_from_itself_gets_no_verdict() -> None:
    drifted = [
        replace(each, columns={**each.columns, "round.cpu_ns": array("q", [each.column("round.cpu_ns")[0] * 11 // 10])})
        if each.facts.arm == "unchanged again"
        else each
        for each in runs()
    ]
    found = what_if_of(recording(drifted))
    a = row(found, "a")
    assert a.cpu is not None
    assert a.cpu.verdict is Verdict.NO_VERDICT
    assert "again-differs" in [notice.id for notice in found.notices]


def test_a_suspect_that_failed_is_named_with_its_reason_and_the_others_stay() -> None:
    kept = [each for each in runs() if each.facts.arm not in ("with a", "with a, b")]
    failures = {"a": "with it alone, the program ended with exit code 3", "a + b": "they crash"}
    found = what_if_of(recording(kept, failures))
    assert row(found, "a").reason == failures["a"]
    assert row(found, "b").cpu is not None
    (both,) = found.together
    assert both.reason == "they crash"
    assert both.alone_us is None
