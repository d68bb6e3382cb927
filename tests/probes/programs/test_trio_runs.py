"""trio's run loop in a program: instruments that come and go with detail, and what is left when measuring is over."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from clientprof.model.run import StepOwner
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.programs.loops import program_trio
from watched_process import WatchedProcess

SOCKET: Any = trio._socket._SocketType  # type: ignore[attr-defined]
RUN: Any = trio._core._run  # type: ignore[attr-defined]
PLACES = [(RUN, "setup_runner"), *((SOCKET, name) for name in ("connect", "close", "_nonblocking_helper"))]


class Watched(WatchedProcess):
    """One process's instruments for trio, in a folder; all lanes have one duty, which the test sets."""

    def __init__(self, folder: Path) -> None:
        self.plain = [vars(owner)[name] for owner, name in PLACES]
        super().__init__(folder, program_trio.install_program_trio)

    async def switch(self, on: bool) -> None:
        self.duty.on = on
        await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()
        assert bool(self.book.foreign("trio").window) is on


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.patches.restore()
    assert not made.failures.notes


def instruments() -> list[str]:
    """What instruments the run that the caller is in has."""
    return [type(each).__name__ for each in RUN.GLOBAL_RUN_CONTEXT.runner.instruments["_all"]]


def test_no_step_is_stamped_between_two_windows_and_only_one_small_instrument_stays(watched: Watched) -> None:
    between: list[int] = []

    async def main() -> None:
        assert instruments() == ["TrioWatch", "SwitchedSteps"]
        await watched.switch(False)
        assert instruments() == ["TrioWatch"]
        assert vars(SOCKET)["_nonblocking_helper"] is watched.plain[-1]
        between.append(program_trio.perf_counter_ns())
        for _ in range(50):
            await trio.lowlevel.checkpoint()
        between.append(program_trio.perf_counter_ns())
        await watched.switch(True)
        assert vars(SOCKET)["_nonblocking_helper"] is not watched.plain[-1]
        await trio.lowlevel.checkpoint()

    trio.run(main)
    steps, (since, until) = watched.rows("window", "step.started_ns"), between
    assert steps == sorted(steps)
    assert min(steps) < since
    assert max(steps) > until
    assert not [at for at in steps if since <= at <= until]
    # Nobody stands in line since before the pause: who did has run in it.
    enqueued = watched.rows("window", "step.enqueued_ns")
    assert not [at for at, queued in zip(steps, enqueued, strict=True) if at > until and 0 < queued < until]
    assert watched.heard == ["runs", "pauses", "goes on", "stops"]


def test_after_a_switch_back_the_wait_under_way_is_a_wait(watched: Watched) -> None:
    """The instrument of the steps comes while trio calls its instruments before the wait: it is not called for that one."""
    asleep_ns: list[int] = []

    async def main() -> None:
        await watched.switch(False)
        watched.duty.on = True
        asleep_ns.append(program_trio.perf_counter_ns())
        await trio.sleep(0.01)
        asleep_ns.append(program_trio.perf_counter_ns())

    trio.run(main)
    started, owner = (watched.rows("window", f"step.{name}") for name in ("started_ns", "owner"))
    waits = [at for at, own in zip(started, owner, strict=True) if own == StepOwner.WAIT]
    assert [at for at in waits if asleep_ns[0] < at < asleep_ns[1]]


class Ear:
    """Stands for what tells the sampler of waits."""

    def __init__(self) -> None:
        self.open = 0

    def begins(self) -> None:
        self.open += 1

    def ended(self, _waited_ns: int) -> None:
        self.open -= 1


def test_no_wait_begins_for_the_sampler_that_does_not_end_for_it(watched: Watched) -> None:
    ear = Ear()

    async def main() -> None:
        watched.lanes[0].waits = ear  # type: ignore[assignment]
        for on in (False, True, False, True):
            watched.duty.on = on
            await trio.sleep(0.001)

    trio.run(main)
    assert ear.open == 0


@pytest.mark.parametrize("on", [True, False])
def test_nothing_stays_patched_whether_a_run_ends_in_a_window_or_not(watched: Watched, on: bool) -> None:
    trio.run(watched.switch, on)
    watched.patches.restore()
    assert [vars(owner)[name] for owner, name in PLACES] == watched.plain


def test_a_measurement_that_ends_in_a_run_leaves_that_run_without_instruments(watched: Watched) -> None:
    async def main() -> None:
        watched.patches.restore()
        watched.book.recording = False
        await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()
        assert instruments() == []

    trio.run(main)


def test_the_programs_own_instruments_are_called_as_well(watched: Watched) -> None:
    class Own(trio.abc.Instrument):
        spawned = 0

        def task_spawned(self, task: trio.lowlevel.Task) -> None:
            self.spawned += 1

    own = Own()
    trio.run(trio.sleep, 0, instruments=[own])
    assert own.spawned >= 1


def test_an_instrument_of_ours_that_fails_is_taken_out_and_named(tmp_path: Path, caplog: Any) -> None:
    watched = Watched(tmp_path)
    try:
        watched.duty.decide = None  # type: ignore[assignment, method-assign]
        watched.book.runs_in_this_thread = None  # type: ignore[assignment, method-assign]
        trio.run(trio.sleep, 0)
    finally:
        watched.patches.restore()
    assert "runs of trio" in watched.failures.notes[0]
    assert not caplog.records  # trio writes a failing instrument into the program's log


@pytest.mark.parametrize(("server_ends", "by"), [(True, 1), (False, 2)])
def test_a_connection_is_a_row_with_who_ended_it_and_an_accepted_one_is_none(
    watched: Watched, server_ends: bool, by: int
) -> None:
    async def main() -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listeners[0].socket.getsockname()[1]
        EXCHANGE.set(7)
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        accepted = await listeners[0].accept()
        await stream.send_all(b"question")
        await accepted.receive_some(8)
        await accepted.send_all(b"answer")
        assert await stream.receive_some(6) == b"answer"
        if server_ends:
            await accepted.aclose()
            await trio.lowlevel.wait_readable(stream.socket)
        await stream.aclose()
        await accepted.aclose()
        await listeners[0].aclose()

    trio.run(main)
    kept = {name: watched.rows("kept", name) for name in ("connection.exchange", "closing.connection", "closing.by")}
    assert kept == {"connection.exchange": [7], "closing.connection": [1], "closing.by": [by]}
    assert watched.rows("window", "write.exchange") == [7]
    assert watched.rows("window", "write.bytes") == [len(b"question")]
    assert watched.rows("window", "read.exchange") == [7]
    assert set(watched.rows("window", "read.at_ns")) <= set(watched.rows("window", "step.started_ns"))


def test_its_tasks_are_told_in_the_thread_of_the_run_alone(watched: Watched) -> None:
    """Whoever puts rows away in another thread may be in none of trio's runs, or in another one."""
    told: list[object] = []

    async def main() -> None:
        (watch,) = (each for each in RUN.GLOBAL_RUN_CONTEXT.runner.instruments["_all"] if hasattr(each, "tasks"))

        async def other() -> None:
            told.append(watch.tasks())

        await trio.to_thread.run_sync(lambda: told.append(watch.tasks()))
        await trio.to_thread.run_sync(trio.run, other)
        assert trio.lowlevel.current_task() in watch.tasks()

    trio.run(main)
    assert told == [None, None]
