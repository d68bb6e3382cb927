"""Workers that started together wait without a connection and without CPU; none is left when its turn never comes."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from child_processes import children
from clientprof.origin.process import OriginProcess
from clientprof.workload.process import WorkerError, read_lines, run_worker
from clientprof.workload.started_ahead import StartedAhead
from small_load import TIMEOUT_S, settings_for

pytestmark = pytest.mark.usefixtures("no_process_left")


def few_are_open(origin: OriginProcess, most: int) -> bool:
    """Whether that few connections are open soon: the origin sees the end of a closed one a moment later."""
    until = time.monotonic() + TIMEOUT_S
    while time.monotonic() < until:
        if origin.journal().connections_open <= most:
            return True
        time.sleep(0.05)
    return False


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_who_waits_has_no_connection_open_and_takes_no_cpu(origin: OriginProcess) -> None:
    before, open_before = children(), origin.journal().connections_open
    with StartedAhead() as ahead:
        for block in range(3):
            ahead.start(settings_for(origin, block=block), None, ())
        ahead.settle(TIMEOUT_S)
        started = children() - before
        assert len(started) == 3
        # Connections of other tests may still be open.
        assert few_are_open(origin, open_before)
        spent = {pid: cpu_ticks(pid) for pid in started}
        time.sleep(0.5)
        assert {pid: cpu_ticks(pid) for pid in started} == spent


def test_a_worker_that_was_started_ahead_gives_the_run_of_its_settings(origin: OriginProcess) -> None:
    settings = settings_for(origin, block=7, cold=False, rounds=2, max_rounds=2)
    events: list[str] = []
    with StartedAhead() as ahead:
        ahead.start(settings, None, ())
        ahead.settle(TIMEOUT_S)
        worker = ahead.take(settings)
        assert worker is not None
        assert ahead.take(settings) is None
        run = run_worker(settings, lambda event: events.append(str(event["event"])), timeout_s=TIMEOUT_S, worker=worker)
    assert events == ["cold", "measured", "round", "round", "end"]
    assert (run.facts.block, run.facts.complete) == (7, True)


def test_a_worker_with_other_settings_is_not_taken(origin: OriginProcess) -> None:
    with StartedAhead() as ahead:
        ahead.start(settings_for(origin, block=1), None, ())
        assert ahead.take(settings_for(origin, block=2)) is None


def test_what_failed_while_it_started_is_said_when_its_turn_comes(origin: OriginProcess) -> None:
    settings = settings_for(origin, lens="no-such")
    with StartedAhead() as ahead:
        ahead.start(settings, None, ())
        ahead.settle(TIMEOUT_S)
        worker = ahead.take(settings)
        assert worker is not None
        with pytest.raises(WorkerError, match="no lens 'no-such'"):
            run_worker(settings, lambda event: None, timeout_s=TIMEOUT_S, worker=worker)


def test_a_pipe_that_is_closed_while_it_is_read_ends_its_reader_without_a_traceback() -> None:
    def pipe() -> Iterator[str]:
        yield "first"
        raise ValueError("I/O operation on closed file.")

    lines: list[str] = []
    read_lines(pipe(), lines.append)
    assert lines == ["first"]
