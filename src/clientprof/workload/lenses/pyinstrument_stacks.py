"""pyinstrument's records in the recording's columns."""

import functools
from collections.abc import Sequence

from clientprof.model.samples import CodeLocation
from clientprof.probes.locations import module_of, shorten
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses.foreign_stacks import ForeignStacks


def record_stacks(records: Sequence[tuple[tuple[str, ...], float]], recorder: Recorder) -> tuple[CodeLocation, ...]:
    """Write ``sample.*``, ``stack.*`` and ``frame.*`` for the records; returns the code table.

    A record is a stack of identifiers, outermost first, and its seconds. An identifier holds function, file and first
    line, separated by NUL, with attributes after a 0x01 (pyinstrument 5).
    """
    stacks = ForeignStacks(recorder)
    for identifiers, seconds in records:
        keys = [identifier.split("\x01", 1)[0] for identifier in reversed(identifiers)]
        # Without pyinstrument's synthetic frames: await, self, out-of-context.
        stacks.add([_location(key) for key in keys if not key.startswith("[")], round(seconds * 1e9))
    recorder.settle()
    return stacks.codes


@functools.cache
def _location(identifier: str) -> CodeLocation:
    function, path, line = (*identifier.split("\x00"), "", "0")[:3]
    file, origin = shorten(path)
    return CodeLocation(
        module=module_of(path, file),
        function=function,
        file=file,
        line=int(line) if line.isdigit() else 0,
        origin=origin,
    )
