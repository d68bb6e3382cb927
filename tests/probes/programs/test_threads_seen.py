"""Where a thread is, by looks from outside: time between looks is divided, and none is lost or told twice."""

import sys
import threading
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest

from clientprof.model.run import StepOwner
from clientprof.probes.failures import Failures
from clientprof.probes.programs.lanes import Lane, LaneBook
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sampled import thread_sampling
from clientprof.probes.programs.sampled.sampling import LaneGarbage
from clientprof.probes.programs.sampled.stack_names import StackNames
from clientprof.probes.programs.sampled.thread_sampling import LoopSeen, ThreadSampling, ThreadSeen
from clientprof.probes.programs.sites import Sites
from clientprof.probes.programs.waiting.pools import Pools
from clientprof.probes.programs.waiting.thread_gates import ThreadGates

MS = 1_000_000
BEGUN = 1_000 * MS


class Clock:
    """Wall and CPU of one thread, in milliseconds from the begin."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def perf_counter_ns(self) -> int:
        return BEGUN + int(self.wall * MS)

    def clock_gettime_ns(self, _clock: int) -> int:
        return int(self.cpu * MS)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(thread_sampling, "perf_counter_ns", made.perf_counter_ns)
    time = SimpleNamespace(clock_gettime_ns=made.clock_gettime_ns, pthread_getcpuclockid=lambda _ident: 7)
    monkeypatch.setattr(thread_sampling, "time", time)
    return made


@pytest.fixture
def lane(tmp_path: Path) -> Lane:
    names = Names()
    return LaneBook(str(tmp_path), names, Failures().remove).threads


def frame_in(name: str) -> FrameType:
    """A frame of a function of that name."""
    made: dict[str, Any] = {}
    exec(f"import sys\ndef {name}():\n    return sys._getframe()", made)
    frame: FrameType = made[name]()
    return frame


def no_gates() -> ThreadGates:
    """Looks at what waits beside threads that do nothing of the kind."""
    sites = Sites(Names(), ())
    return ThreadGates(Names(), sites, Failures(), Pools(sites, dict))


NAPS, WORKS, ASKS = (frame_in(name) for name in ("naps", "works", "asks"))


class Thread:
    """A thread that is looked at; ``rows`` are (function, wall, CPU) in milliseconds."""

    def __init__(self, clock: Clock, lane: Lane) -> None:
        self._clock, self._lane = clock, lane
        self._stacks = StackNames(lane, Names())
        self.seen = ThreadSeen(0, lane, self._stacks)

    def look(self, wall: float, frame: FrameType, cpu: float = 0.0) -> bool:
        self._clock.wall, self._clock.cpu = wall, self._clock.cpu + cpu
        return self.seen.look(frame)

    def calls(self, begin: float, end: float | None = None) -> None:
        self._clock.wall = begin
        self.seen.call_begins(5, self._clock.clock_gettime_ns(0))
        if end is not None:
            self._clock.wall = end
            self.ends()

    def ends(self, cpu: float = 0.0) -> None:
        self._clock.cpu += cpu
        self.seen.call_ends(self._clock.clock_gettime_ns(0))

    def rows(self) -> list[tuple[str, float, float]]:
        self.seen.write_still()
        stack, wall, cpu, code, first = (
            self._lane.recorder.column(name)
            for name in ("dwell.stack", "dwell.wall_ns", "dwell.cpu_ns", "frame.code", "stack.first")
        )
        codes = self._stacks.rows.codes
        return [
            (codes[code[first[s]]].co_name, w / MS, c / MS) for s, w, c in zip(stack, wall, cpu, strict=True)
        ]  # fmt: skip

    def total(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for name, wall, _cpu in self.rows():
            found[name] = found.get(name, 0.0) + wall
        return found


@pytest.fixture
def thread(clock: Clock, lane: Lane) -> Thread:
    return Thread(clock, lane)


def test_a_thread_that_stands_still_is_one_row_however_often_it_is_looked_at(thread: Thread) -> None:
    assert thread.look(10, NAPS)
    assert not any(thread.look(at, NAPS) for at in range(20, 101, 10))
    assert thread.rows() == [("naps", 10, 0), ("naps", 90, 0)]


def test_time_between_two_stacks_is_divided_between_them_and_cpu_is_the_seconds(thread: Thread) -> None:
    thread.look(10, NAPS)
    thread.look(30, WORKS, cpu=12)
    assert thread.rows() == [("naps", 10, 0), ("naps", 10, 0), ("works", 10, 12)]


def test_how_long_calls_took_is_not_divided_but_known(thread: Thread) -> None:
    thread.look(10, NAPS)
    thread.calls(38, 39)  # in between nobody looked
    thread.look(50, NAPS, cpu=1)
    thread.calls(58)
    thread.look(60, ASKS, cpu=1)
    assert thread.total() == {"naps": 57, "asks": 3}


def test_what_calls_computed_is_known_by_them_and_not_by_where_the_thread_is_seen(thread: Thread) -> None:
    thread.look(10, WORKS)
    thread.calls(20)
    thread.ends(cpu=3)  # 3 ms in a call that nobody saw
    thread.look(30, WORKS, cpu=5)
    thread.calls(38)
    thread.look(40, ASKS, cpu=1)  # in the call, which has computed for 1 ms so far
    found: dict[str, float] = {}
    for name, _, cpu in thread.rows():
        found[name] = found.get(name, 0.0) + cpu
    assert found == {"works": 5, "asks": 4}


def test_what_was_computed_before_a_call_began_is_the_functions_before_it(thread: Thread, clock: Clock) -> None:
    thread.look(10, WORKS)
    clock.cpu += 8
    thread.calls(38)
    thread.look(40, ASKS, cpu=1)
    assert [(name, cpu) for name, _, cpu in thread.rows() if cpu] == [("works", 8), ("asks", 1)]


def test_time_outside_that_nobody_saw_is_the_next_looks_outside(thread: Thread) -> None:
    thread.calls(0)
    thread.look(5, ASKS)
    thread.ends()
    thread.calls(9)  # outside from 5 to 9, unseen
    thread.look(11, ASKS, cpu=1)
    thread.ends()
    thread.look(13, NAPS, cpu=1)
    assert thread.total() == {"asks": 7, "naps": 6}


def test_all_time_is_somebodys(thread: Thread) -> None:
    at = 0.0
    for number in range(200):
        at += 1.0 + number % 7
        if number % 3 == 0:
            thread.calls(at - 0.5)
        elif number % 3 == 1:
            thread.ends()
        thread.look(at, (NAPS, WORKS, ASKS)[number % 5 % 3], cpu=0.1 * (number % 2))
    assert sum(thread.total().values()) == pytest.approx(at, abs=6)  # what nobody saw of the last calls


def test_a_long_time_without_a_look_is_what_it_stood_still_in_or_not_known(thread: Thread) -> None:
    thread.look(10, NAPS)
    thread.look(9_010, WORKS, cpu=0.5)  # it woke up just now
    thread.look(20_010, NAPS, cpu=800)
    assert thread.total() == {"naps": 9_010 + 800, "works": 0}


def test_a_row_is_written_now_and_then_because_a_process_may_be_killed(thread: Thread, lane: Lane) -> None:
    for at in range(0, 5_000, 160):
        thread.look(at, NAPS)
    assert sum(lane.recorder.column("dwell.wall_ns")) >= 3_800 * MS


def test_a_look_that_finds_a_loop_collecting_garbage_is_left_to_the_next(clock: Clock, lane: Lane) -> None:
    loop = LoopSeen(lane, StackNames(lane, Names()), lambda: None)
    collecting: list[FrameType] = []
    probe = LaneGarbage(Failures())
    probe.add = lambda _row: collecting.append(sys._getframe(1))
    for phase in ("start", "stop"):
        probe._on_collection(phase, {"generation": 2, "collected": 0})
    clock.cpu = 4
    loop.look(collecting[0].f_back)  # type: ignore[arg-type]
    assert not lane.recorder.column("sample.weight_ns")
    clock.cpu = 10
    loop.look(WORKS)
    assert list(lane.recorder.column("sample.weight_ns")) == [10 * MS]


def test_a_loop_that_waits_is_no_sample_and_after_two_looks_not_looked_at(clock: Clock, lane: Lane) -> None:
    loop = LoopSeen(lane, StackNames(lane, Names()), lambda: woken.append(True))
    woken: list[bool] = []
    owner, samples = lane.recorder.column("step.owner"), lane.recorder.column("sample.weight_ns")
    exchange = lane.recorder.column("sample.exchange")
    owner.append(3)
    clock.cpu = 4
    loop.look(WORKS)
    owner.append(int(StepOwner.WAIT))
    loop.look(WORKS)
    assert (loop.woken, loop.idles) == (True, False)
    loop.look(WORKS)
    assert loop.idles
    loop.busy()
    owner.append(int(StepOwner.LOOP))
    clock.cpu = 10
    loop.look(WORKS)
    assert (samples, exchange, woken) == ([4 * MS, 6 * MS], [3, -1], [True])


def test_threads_are_looked_at_in_turn_and_those_that_are_gone_are_forgotten(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, lane: Lane
) -> None:
    stacks = StackNames(lane, Names())
    sampling = ThreadSampling(lane.book, lambda _: stacks, lambda ident: ident == 3, Failures(), 1, no_gates())
    looked: list[int] = []
    monkeypatch.setattr(ThreadSeen, "look", lambda self, _frame: looked.append(self.ident) or False)
    for ident in range(10):
        monkeypatch.setattr(thread_sampling, "thread_ident", lambda ident=ident: ident)
        monkeypatch.setattr(sampling._pulse, "off", False)
        monkeypatch.setattr(sampling, "_wake", lambda: None)
        sampling.call_begins(0, ident, 0)
    monkeypatch.setattr(thread_sampling, "frames_of_others", lambda: dict.fromkeys(range(9), NAPS))
    for _ in range(3):
        sampling._beat()
    assert set(looked) == {0, 1, 2, 4, 5, 6, 7, 8}  # 3 is sampled by somebody else, 9 is gone
    assert len(looked) == 3 * thread_sampling._AT_ONCE - 2
    assert len(sampling._threads) == 9


def test_a_thread_that_ends_while_it_is_looked_at_is_forgotten_and_its_identity_may_be_anothers(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, lane: Lane
) -> None:
    stacks = StackNames(lane, Names())
    sampling = ThreadSampling(lane.book, lambda _: stacks, lambda _: False, Failures(), 1, no_gates())
    monkeypatch.setattr(sampling, "_wake", lambda: None)
    monkeypatch.setattr(sampling._pulse, "off", False)
    monkeypatch.setattr(thread_sampling, "thread_ident", lambda: 1)
    monkeypatch.setattr(thread_sampling, "frames_of_others", lambda: {1: NAPS})
    sampling.call_begins(0, 0, 0)
    clock.wall = 10
    sampling._beat()
    # Another thread, begun after that one had ended.
    other = threading.Thread(target=sampling.call_begins, args=(1, 0, 0))
    other.start()
    other.join()
    clock.wall = 15
    sampling._beat()
    assert list(lane.recorder.column("dwell.wall_ns"))[-1] == 5 * MS

    def has_ended(_clock: int) -> int:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(thread_sampling.time, "clock_gettime_ns", has_ended)
    sampling._beat()
    assert not sampling._threads
    assert not sampling._ended
