"""Calls by ``sys.setprofile`` and instructions by ``sys.monitoring`` are exact, and leave out what is not the client's."""

import dis
import sys
from types import ModuleType
from typing import Any

import pytest

from clientprof.probes.counts.monitored_instructions import MonitoredInstructions
from clientprof.probes.counts.profiled_calls import ProfiledCalls
from test_monitored_calls import EXPECTED, subject  # noqa: F401  # a fixture

monitoring: Any = getattr(sys, "monitoring", None)
new_only = pytest.mark.skipif(monitoring is None, reason="sys.monitoring is there from Python 3.12 on")
old_only = pytest.mark.skipif(monitoring is not None, reason="used where there is no sys.monitoring")


@old_only
def test_profiled_calls_are_those_that_are_monitored_elsewhere(subject: ModuleType) -> None:  # noqa: F811
    calls = ProfiledCalls([subject.__name__])
    for _ in range(2):
        calls.begin()
        subject.work()
        calls.end()
        found = {place.function.removeprefix("Point."): number for place, number in calls.counted()}
        assert {name: number for name, number in found.items() if name in EXPECTED} == {
            name: number for name, number in EXPECTED.items() if name in found
        }
        assert len(found) >= len(EXPECTED) - 1
    assert sys.getprofile() is None


@old_only
def test_profiled_calls_leave_out_what_runs_while_they_pause(subject: ModuleType) -> None:  # noqa: F811
    calls = ProfiledCalls([subject.__name__])
    calls.begin()
    calls.pause()
    subject.work()
    calls.resume()
    calls.end()
    assert calls.counted() == ()


@new_only
def test_instructions_are_those_of_the_disassembly_each_time_and_none_while_paused(subject: ModuleType) -> None:  # noqa: F811
    instructions = MonitoredInstructions([subject.__name__])
    instructions.install()
    # RESUME is where a function is entered, and is no instruction of its own.
    straight = sum(each.opname != "RESUME" for each in dis.get_instructions(subject.plain))
    try:
        subject.plain()
        for times in (1, 100, 3):
            instructions.begin()
            for _ in range(times):
                subject.plain()
            instructions.pause()
            subject.plain()
            instructions.resume()
            instructions.end()
            assert {place.function: number for place, number in instructions.counted()} == {"plain": times * straight}
    finally:
        instructions.uninstall()
    assert not {name for name in map(monitoring.get_tool, range(6)) if name}
