"""What the recording of a program says: call sites, peers, clients, open responses, blocking calls, connections."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.phases import Mark
from clientprof.model.programs.lane import LaneKind
from clientprof.model.recording import Recording
from clientprof.model.run import Run
from clientprof.origin.process import OriginProcess
from measured import measured

ROUNDS = 3


@pytest.fixture(scope="module")
def recording(origin: OriginProcess, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    ended = measured(tmp_path_factory.mktemp("mixed"), "mixed.py", f"{origin.ready.base_url}/1k", str(ROUNDS))
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    return ended.recording


@pytest.fixture
def loop(recording: Recording) -> Run:
    (found,) = [run for run in recording.runs if run.facts.program and run.facts.program.kind is LaneKind.LOOP]
    return found


def _by_function(recording: Recording, loop: Run) -> dict[str, list[int]]:
    program = recording.manifest.program
    assert program is not None
    rows: dict[str, list[int]] = {}
    for row, site in enumerate(loop.column("exchange.site")):
        rows.setdefault(program.sites[site].function, []).append(row)
    return rows


def test_each_exchange_has_the_line_that_called_the_client(recording: Recording, loop: Run) -> None:
    counts = {function: len(rows) for function, rows in _by_function(recording, loop).items()}
    assert counts == {
        "through_small_pool": 40 * ROUNDS, "through_session": 40 * ROUNDS, "parses_slowly": ROUNDS,
        "blocks_the_loop": ROUNDS, "forgets_to_close": ROUNDS,
    }  # fmt: skip
    program = recording.manifest.program
    assert program is not None
    assert {(site.file, site.origin) for site in program.sites if site.function != "main"} == {("mixed.py", "app")}


def test_responses_that_are_never_closed_stay_open(recording: Recording, loop: Run) -> None:
    rows = _by_function(recording, loop)["forgets_to_close"]
    ended, returned = loop.column("exchange.ended_ns"), loop.column("exchange.returned_ns")
    assert [ended[row] for row in rows] == [0] * ROUNDS
    assert all(returned[row] > 0 for row in rows)
    assert sum(end == 0 for end in ended) == ROUNDS


def test_a_blocking_client_on_the_loop_is_told_apart(recording: Recording, loop: Run) -> None:
    rows = _by_function(recording, loop)["blocks_the_loop"]
    blocking = loop.column("exchange.blocking")
    assert sum(blocking) == ROUNDS
    assert all(blocking[row] for row in rows)


def test_every_answered_exchange_has_its_peer_and_marks(recording: Recording, loop: Run, origin: OriginProcess) -> None:
    program = recording.manifest.program
    assert program is not None
    assert {f"{peer.scheme}://{peer.host}:{peer.port}" for peer in program.peers} == {origin.ready.base_url}
    assert set(loop.column("exchange.peer")) == {0}
    headers = {
        e
        for e, kind in zip(loop.column("mark.exchange"), loop.column("mark.kind"), strict=True)
        if kind == Mark.HEADERS
    }
    assert headers >= set(range(len(loop.column("exchange.started_ns"))))


def test_steps_are_in_order_and_belong_to_known_exchanges(loop: Run) -> None:
    started, owner = loop.column("step.started_ns"), loop.column("step.owner")
    assert list(started) == sorted(started)
    assert max(owner) < len(loop.column("exchange.started_ns"))
    assert len(loop.column("step.route")) == len(started)


def test_settings_name_the_limit_of_the_pool(recording: Recording) -> None:
    program = recording.manifest.program
    assert program is not None
    assert 5 in {settings.limit for settings in program.settings}


def test_functions_that_are_stamped_are_boundaries_as_well(loop: Run) -> None:
    found = {(row.function, str(row.layer)) for row in loop.facts.boundaries if row.found}
    assert ("AsyncConnectionPool.handle_async_request", "pool") in found
    assert ("PoolByteStream.aclose", "pool") in found
    assert ("BaseConnector.connect", "pool") in found


def test_a_loop_of_the_program_s_own_is_named_and_its_calls_are_measured(origin: OriginProcess, tmp_path: Path) -> None:
    ended = measured(tmp_path, "own_loop.py", f"{origin.ready.base_url}/1k")
    assert (ended.code, ended.requests) == (0, 5), ended.own
    assert ended.recording is not None
    program = ended.recording.manifest.program
    assert program is not None
    assert program.processes[0].notes == (
        "a loop of __main__.OwnLoop: its calls are measured, its steps and the connections that it opens are not",
    )
    # What it opens is not known, which is another thing than nothing.
    counted = {row.name for row in program_result(ended.recording).counters}
    assert "handshakes_per_1000_requests" in counted
    assert not {"connections_opened_per_1000_requests", "name_lookups_per_1000_requests"} & counted


def test_a_loop_whose_class_has_another_run_is_watched_while_it_runs(origin: OriginProcess, tmp_path: Path) -> None:
    ended = measured(tmp_path, "replaced_run.py", f"{origin.ready.base_url}/1k")
    assert (ended.code, ended.requests) == (0, 10), ended.own
    assert ended.recording is not None
    result = program_result(ended.recording)
    (found,) = result.loops
    assert found.name == "MainThread"
    # Twice five times 60 ms in that function, and one second of rest between the two runs, which is no work of the loop's.
    held_s = sum(holder.held_s.value for holder in result.holders if holder.function == "blocks")
    assert held_s == pytest.approx(0.6, rel=0.25)
    assert found.longest_ms < 900
