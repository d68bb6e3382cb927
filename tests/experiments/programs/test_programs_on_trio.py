"""Programs on trio are told as whole as on asyncio: what holds the loop, what requests wait for, who spawned a call."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.phases import Mark
from clientprof.model.programs.results import Limit, ProgramResult
from clientprof.origin.process import OriginProcess
from measured import Ended, measured, plain

PROGRAM = "planted_on_trio.py"


def ended(folder: Path, origin: OriginProcess, fault: str, *words: str) -> Ended:
    found = measured(folder, PROGRAM, fault, f"{origin.ready.base_url}/1k", *words)
    assert found.recording is not None, found.errors
    assert [process.removed for process in found.recording.manifest.program.processes] == [()]  # type: ignore[union-attr]
    return found


def answered(folder: Path, origin: OriginProcess, fault: str, *words: str) -> tuple[ProgramResult, float]:
    """What was found, and the seconds that the program itself saw."""
    found = ended(folder, origin, fault, *words)
    assert found.code == 0, found.errors
    assert found.recording is not None
    return program_result(found.recording), float(found.output or 0)


@pytest.mark.parametrize(
    ("fault", "function", "finding"),
    [
        ("stands_still", "waits_in_the_thread", "blocking-call"),
        pytest.param("waits_for_a_lock", "takes_the_lock", "blocking-call", marks=pytest.mark.slow),
        pytest.param("computes", "parses", "work-should-leave-the-loop", marks=pytest.mark.slow),
    ],
)
def test_what_holds_trios_loop_is_named_with_all_of_its_time(
    tmp_path: Path, origin: OriginProcess, fault: str, function: str, finding: str
) -> None:
    result, held_s = answered(tmp_path, origin, fault)
    assert [(each.id, function in each.title) for each in result.findings] == [(finding, True)]
    held = sum(row.held_s.value for row in result.holders if function in row.function)
    assert held == pytest.approx(held_s, rel=0.1)
    assert [(loop.loop, loop.profile is not None) for loop in result.loops] == [("trio", True)]


@pytest.mark.slow
def test_fifty_workers_of_anyio_on_trio_wait_for_five_connections_as_long_as_their_client_says(
    tmp_path: Path, origin: OriginProcess
) -> None:
    result, waited_s = answered(tmp_path, origin, "small_pool", "anyio")
    (site,) = result.call_sites
    assert site.function == "small_pool.<locals>.worker"
    phases = {phase.phase: phase for phase in site.phases}
    assert phases["pool"].wall_us * site.requests / 1e6 == pytest.approx(waited_s, rel=0.1)
    # The server's 200 ms are network and server, not the program's own.
    assert 200_000 <= phases["wait"].wall_us <= 220_000
    assert result.findings[0].id == "fewer-connections-than-requests"
    assert result.answer.limit is Limit.POOL
    assert result.settings[0].most_connections == 5


def test_tasks_that_wait_outside_of_requests_are_told_by_place(tmp_path: Path, origin: OriginProcess) -> None:
    result, _ = answered(tmp_path, origin, "waits_at_its_own_gates")
    rows = {row.gate.function.rpartition(".")[2]: row for row in result.gates}
    assert {name: row.gate.what for name, row in rows.items()} == {
        "passes_the_gate": "trio.CapacityLimiter", "hands_over": "trio.MemorySendChannel", "polls": "trio.sleep",
        "takes": "trio.MemoryReceiveChannel",
    }  # fmt: skip
    # Of 20 and of 5, less those that are let in.
    assert 18 <= rows["passes_the_gate"].most <= 20
    assert 4 <= rows["hands_over"].most <= 5
    assert rows["polls"].most == 1
    # The channel has room for one, and one task takes it.
    assert (rows["takes"].most, rows["takes"].gate.workers) == (1, 1)
    assert "tasks wait for `trio.CapacityLimiter` in `waits_at_its_own_gates.<locals>.passes_the_gate` (" in (
        result.answer.sentence
    )


def test_tasks_that_are_nothing_but_a_call_have_the_line_that_spawned_them_and_tracebacks_are_the_programs_own(
    tmp_path: Path, origin: OriginProcess
) -> None:
    found = ended(tmp_path, origin, "spawns_calls")
    alone = plain(PROGRAM, "spawns_calls", f"{origin.ready.base_url}/1k")
    assert (found.code, found.output, found.errors) == (alone.code, alone.output, alone.errors)
    assert found.recording is not None
    result = program_result(found.recording)
    assert [(row.function, row.requests, row.failed) for row in result.call_sites] == [
        ("spawns_calls", 10, 0), ("spawns_calls", 1, 1),
    ]  # fmt: skip
    assert found.recording.manifest.program is not None
    (loop,) = [run for run in found.recording.runs if run.facts.loop == "trio"]
    assert len(loop.column("connection.opened_ns")) == len(loop.column("closing.at_ns")) == 10
    # An address asks no name server, although trio asks the resolver.
    assert len(loop.column("lookup.started_ns")) == 0
    assert Mark.DNS_START not in loop.column("mark.kind")


@pytest.mark.slow
def test_runs_one_after_the_other_share_a_lane_and_those_at_once_in_threads_have_their_own(
    tmp_path: Path, origin: OriginProcess
) -> None:
    found = ended(tmp_path, origin, "runs_again_and_in_threads")
    assert found.recording is not None
    lanes = {run.facts.client: run for run in found.recording.runs if run.facts.loop == "trio"}
    assert sorted(len(run.column("exchange.started_ns")) for run in lanes.values()) == [5, 5, 10]
    assert [run.facts.program.main for run in lanes.values() if run.facts.program] == [True, False, False]
    assert {row.loop for row in program_result(found.recording).loops} == {"trio"}


@pytest.mark.slow
def test_a_run_that_is_asyncios_guest_is_part_of_asyncios_loop(tmp_path: Path, origin: OriginProcess) -> None:
    found = ended(tmp_path, origin, "is_asyncios_guest")
    assert found.recording is not None
    result = program_result(found.recording)
    assert [row.loop for row in result.loops] == ["asyncio"]
    assert [(row.function, row.requests) for row in result.call_sites] == [("in_turns", 5)]
