"""Stacks of other profilers become columns that are read like our own."""

from clientprof.model.samples import CodeLocation
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses.foreign_stacks import ForeignStacks

SEND = CodeLocation("a", "send", "a.py", 1, "package")
POLL = CodeLocation("b", "poll", "b.py", 7, "stdlib")


def test_a_stack_is_written_once_and_every_sample_of_it_points_there() -> None:
    recorder = Recorder()
    stacks = ForeignStacks(recorder)
    stacks.add((POLL, SEND), 1000)
    stacks.add((SEND,), 2000, 2000)
    stacks.add((POLL, SEND), 3000, 500)
    assert stacks.codes == (POLL, SEND)
    columns = {name: list(values) for name, values in recorder.columns().items() if len(values)}
    assert columns["sample.stack"] == [0, 1, 0]
    assert columns["sample.weight_ns"] == [1000, 0, 2500]
    assert columns["sample.gc_ns"] == [0, 2000, 500]
    assert columns["frame.code"] == [0, 1, 1]
    assert columns["frame.line"] == [7, 1, 1]
    assert (columns["stack.first"], columns["stack.count"]) == ([0, 2], [2, 1])
