"""Which stretches of a thread's time stood still: by scripted clocks, and by the kernel's own account of a real sleep."""

import time
from pathlib import Path

import pytest

from clientprof.probes.sampling import others_cpu, run_delay
from clientprof.probes.sampling.run_delay import run_delay_ns
from clientprof.probes.watching import standing_still
from clientprof.probes.watching.standing_still import StandingStill

MS = 1_000_000


class Clocks:
    """What the thread's clocks say; ``slept`` is whether it gave its core up."""

    def __init__(self) -> None:
        self.wall_ns = 1_000 * MS
        self.cpu_ns = self.delay_ns = self.others_ns = self.switches = 0

    def passes(
        self, ms: float, *, cpu_ms: float = 0, delay_ms: float = 0, others_ms: float = 0, switches: int = 0
    ) -> None:
        self.wall_ns += int(ms * MS)
        self.cpu_ns += int(cpu_ms * MS)
        self.delay_ns += int(delay_ms * MS)
        self.others_ns += int(others_ms * MS)
        self.switches += switches


class Switches:
    def __init__(self, clocks: Clocks) -> None:
        self._clocks, self._seen = clocks, clocks.switches

    def grew(self) -> bool:
        before, self._seen = self._seen, self._clocks.switches
        return self._seen > before


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    made = Clocks()
    monkeypatch.setattr(standing_still, "perf_counter_ns", lambda: made.wall_ns)
    monkeypatch.setattr(standing_still, "thread_time_ns", lambda: made.cpu_ns)
    monkeypatch.setattr(others_cpu, "process_time_ns", lambda: made.cpu_ns + made.others_ns)
    monkeypatch.setattr(standing_still, "run_delay_ns", lambda: made.delay_ns)
    monkeypatch.setattr(standing_still, "voluntary_switches", lambda: Switches(made))
    return made


def stretch(clocks: Clocks, ms: float, *, cpu_ms: float = 0, delay_ms: float = 0, switches: int = 1) -> list[float]:
    """What is told of one stretch, in ms, after a select of 5 ms."""
    told: list[int] = []
    standing = StandingStill(told.append)
    clocks.passes(5, switches=1)
    standing.begin()
    clocks.passes(ms, cpu_ms=cpu_ms, delay_ms=delay_ms, switches=switches)
    standing.end()
    return [each / MS for each in told]


def test_time_without_cpu_and_without_waiting_for_a_core_is_told(clocks: Clocks) -> None:
    assert stretch(clocks, 60, cpu_ms=5, delay_ms=5) == [50]


@pytest.mark.parametrize(
    ("ms", "cpu_ms", "delay_ms", "switches"),
    [(60, 58, 0, 3), (60, 5, 50, 1), (9, 0, 0, 1), (60, 5, 30, 0), (300, 20, 262, 1)],
    ids=["computes", "waits for a core", "is short", "never gave its core up", "is short against its wait for a core"],
)
def test_nothing_is_told_of_a_stretch_that(
    ms: float, cpu_ms: float, delay_ms: float, switches: int, clocks: Clocks
) -> None:
    assert stretch(clocks, ms, cpu_ms=cpu_ms, delay_ms=delay_ms, switches=switches) == []


@pytest.mark.parametrize(("others_ms", "told"), [(0, [60]), (20, [40]), (58, [])])
def test_what_other_threads_computed_may_be_a_wait_for_the_interpreter(
    others_ms: float, told: list[float], clocks: Clocks
) -> None:
    heard: list[int] = []
    standing = StandingStill(heard.append)
    clocks.passes(5, others_ms=5, switches=1)  # in the select they keep nobody waiting
    standing.begin()
    clocks.passes(60, others_ms=others_ms, switches=1)
    standing.end()
    assert [each / MS for each in heard] == told


def test_what_is_settled_is_told_at_once_and_only_once(clocks: Clocks) -> None:
    told: list[int] = []
    standing = StandingStill(told.append)
    standing.begin()
    clocks.passes(30, switches=1)
    standing.settle()
    assert told == [30 * MS]
    clocks.passes(40, switches=1)
    standing.end()
    standing.end()
    standing.settle()
    assert told == [30 * MS, 40 * MS]


def test_what_a_blocking_call_stood_still_is_not_told_again(clocks: Clocks) -> None:
    told: list[int] = []
    standing = StandingStill(told.append)
    standing.begin()
    clocks.passes(50, cpu_ms=10, switches=5)
    standing.held(50 * MS, 10 * MS)
    clocks.passes(5)
    standing.end()
    assert told == []


def test_a_callback_is_a_stretch_of_its_own_and_its_error_goes_on(clocks: Clocks) -> None:
    told: list[int] = []
    call = StandingStill(told.append).calling()

    def fails() -> None:
        clocks.passes(20, switches=1)
        raise KeyError

    with pytest.raises(KeyError):
        call(fails)
    assert call.failed is fails  # type: ignore[attr-defined]
    clocks.passes(500, switches=1)  # the loop waits
    assert call(lambda value: value, 3) == 3
    assert told == [20 * MS]


def test_the_kernel_tells_that_a_sleeping_thread_does_not_wait_for_a_core() -> None:
    before = run_delay_ns()
    wall_ns, cpu_ns = time.perf_counter_ns(), time.thread_time_ns()
    time.sleep(0.05)
    wall_ns, cpu_ns = time.perf_counter_ns() - wall_ns, time.thread_time_ns() - cpu_ns
    after = run_delay_ns()
    assert before is not None
    assert after is not None
    assert 45 * MS <= wall_ns - cpu_ns - (after - before) <= 55 * MS


@pytest.mark.parametrize("text", [b"0 0 0\n", b"", b"1 x 3\n"])
def test_a_system_that_does_not_tell_is_not_believed(
    text: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "schedstat").write_bytes(text)
    monkeypatch.setattr(run_delay, "_FILE", str(tmp_path / "schedstat"))
    assert run_delay_ns() is None
    monkeypatch.setattr(run_delay, "_FILE", str(tmp_path / "missing"))
    assert run_delay_ns() is None
