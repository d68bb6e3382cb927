"""Calls by ``sys.setprofile`` and instructions by ``sys.monitoring`` are exact, and leave out what is not the client's."""

import sys
from collections import Counter
from types import FrameType, ModuleType
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
def test_instructions_are_as_many_as_a_tracer_sees_each_time_and_none_while_paused(subject: ModuleType) -> None:  # noqa: F811
    instructions = MonitoredInstructions([subject.__name__])
    instructions.install()
    try:
        subject.factorial(5)
        found = []
        for _ in range(3):
            instructions.begin()
            subject.factorial(5)
            instructions.pause()
            subject.factorial(5)
            instructions.resume()
            instructions.end()
            found.append(Counter({place.function: number for place, number in instructions.counted()})["factorial"])
    finally:
        instructions.uninstall()
    assert found[0] == found[1] == found[2] > 0
    before = sys.gettrace()
    assert found[0] == _traced(subject)
    assert sys.gettrace() is before


def _traced(module: ModuleType) -> int:
    """The same by the tracer of debuggers: an event before each instruction."""
    number = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal number
        if frame.f_code.co_name != "factorial":
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        number += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        module.factorial(5)
    finally:
        sys.settrace(before)
    return number
