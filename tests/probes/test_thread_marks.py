"""Marks of blocking clients: stamped at both ends of a call, however it ends."""

import pytest

from clientprof.model.phases import Mark
from clientprof.probes.failures import Failures
from clientprof.probes.in_threads.thread_stamps import ThreadStamps
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder


def marks_of(*calls: dict[str, bool]) -> list[Mark]:
    """The marks of a function that is called as given; it raises where it is told to."""
    recorder = Recorder()
    stamps = ThreadStamps(recorder, Patches(), Failures())

    def response(fail: bool = False) -> None:
        if fail:
            raise TypeError("from inside")

    marked = stamps.marked(response, Mark.READ_FIRST, Mark.HEADERS)
    for arguments in calls:
        if arguments:
            with pytest.raises(TypeError):
                marked(**arguments)
        else:
            marked()
    stamps.settle(keep=True)
    return [Mark(number) for number in recorder.column("mark.kind")]


def test_both_ends_are_stamped_of_a_call_that_returns_or_raises() -> None:
    assert marks_of({}) == [Mark.READ_FIRST, Mark.HEADERS]
    assert marks_of({"fail": True}) == [Mark.READ_FIRST, Mark.HEADERS]
