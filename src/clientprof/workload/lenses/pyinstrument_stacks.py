"""pyinstrument's records in the recording's columns."""

from collections.abc import Sequence

from clientprof.model.samples import CodeLocation
from clientprof.probes.locations import module_of, shorten
from clientprof.recording.recorder import Recorder


def record_stacks(records: Sequence[tuple[tuple[str, ...], float]], recorder: Recorder) -> tuple[CodeLocation, ...]:
    """Write ``sample.*``, ``stack.*`` and ``frame.*`` for the records; returns the code table.

    A record is a stack of identifiers, outermost first, and its seconds. An identifier holds function, file and first
    line, separated by NUL, with attributes after a 0x01 (pyinstrument 5).
    """
    codes: dict[str, int] = {}
    locations: list[CodeLocation] = []
    stacks: dict[tuple[int, ...], int] = {}
    first = 0
    column = recorder.column
    for identifiers, seconds in records:
        frames: list[int] = []
        for identifier in reversed(identifiers):
            key = identifier.split("\x01", 1)[0]
            if key.startswith("["):
                continue  # pyinstrument's synthetic frames: await, self, out-of-context
            if key not in codes:
                codes[key] = len(locations)
                locations.append(_location(key))
            frames.append(codes[key])
        stack = stacks.get(tuple(frames))
        if stack is None:
            stack = stacks[tuple(frames)] = len(stacks)
            column("stack.first").append(first)
            first += len(frames)
            column("stack.count").append(len(frames))
            column("frame.code").extend(frames)
            column("frame.line").extend(locations[frame].line for frame in frames)
        column("sample.at_ns").append(0)
        column("sample.weight_ns").append(round(seconds * 1e9))
        column("sample.gc_ns").append(0)
        column("sample.off_ns").append(0)
        column("sample.stack").append(stack)
        column("sample.exchange").append(-1)
    recorder.settle()
    return tuple(locations)


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
