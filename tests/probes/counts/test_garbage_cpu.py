"""CPU of collections as samples are told of it: it never falls, whenever a signal is handled."""

import pytest

from clientprof.probes.counts import garbage
from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.recording.recorder import Recorder

INFO = {"generation": 0, "collected": 0, "uncollectable": 0}


class Clock:
    """The thread's CPU clock; a signal is handled just after it was read, as CPython does after any call."""

    def __init__(self) -> None:
        self.cpu_ns = 1000
        self.told: list[int] = []
        self.probe = GarbageProbe(Recorder())
        self.handler_ns = 0

    def read(self) -> int:
        read_ns = self.cpu_ns
        if self.handler_ns:
            self.cpu_ns += self.handler_ns
            self.tell()
        return read_ns

    def tell(self) -> None:
        self.told.append(self.probe.spent_ns(self.cpu_ns))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(garbage, "thread_time_ns", made.read)
    return made


def test_a_collection_counts_from_its_start_to_its_end(clock: Clock) -> None:
    clock.probe._on_collection("start", INFO)
    clock.cpu_ns += 300
    clock.tell()
    clock.cpu_ns += 200
    clock.probe._on_collection("stop", INFO)
    clock.cpu_ns += 100
    clock.tell()
    assert clock.told == [300, 500]


@pytest.mark.parametrize("phase", ["start", "stop"])
def test_what_samples_were_told_never_falls(clock: Clock, phase: str) -> None:
    for each in ("start", "stop"):
        clock.handler_ns = 70 if each == phase else 0
        clock.probe._on_collection(each, INFO)
        clock.cpu_ns += 500
        clock.tell()
    assert clock.told == sorted(clock.told)
    assert clock.told[-1] >= 500
