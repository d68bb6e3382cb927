"""CPU of a loop's thread by windows: nothing of it is lost when another thread writes the lane's rows."""

from pathlib import Path

import pytest

from clientprof.probes.failures import Failures
from clientprof.probes.programs import lanes
from clientprof.probes.programs.lanes import LaneBook
from clientprof.probes.programs.names import Names
from clientprof.recording.segments import read_chunks


class Threads:
    """The clocks of two threads, of which one runs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.running = 1
        self.cpu_ns = {1: 5_000, 2: 900_000}
        monkeypatch.setattr(lanes, "thread_time_ns", lambda: self.cpu_ns[self.running])
        monkeypatch.setattr(lanes, "thread_ident", lambda: self.running)


def test_the_next_flush_of_the_loops_own_thread_tells_of_the_time_before_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = LaneBook(str(tmp_path), Names(), Failures().remove)
    book.begin("start", None, {})
    lane = book.take("asyncio")
    threads = Threads(monkeypatch)
    lane.runs_here()
    for running, spent_ns, now_ns in ((1, 100, 10), (2, 7_000, 20), (1, 30, 30)):
        if running == 2:
            threads.cpu_ns[1] += 40  # the loop runs meanwhile
        threads.running = running
        threads.cpu_ns[running] += spent_ns
        lane.began.add((now_ns, 0, 0, 0, 0, 0, 0, 0, 0))
        lane.flush(now_ns)
    (path,) = tmp_path.glob("*.window")
    assert [about["thread_cpu_ns"] for about, _ in read_chunks(path)] == [100, 0, 70]
