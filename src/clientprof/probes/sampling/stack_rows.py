"""Distinct stacks as rows of the recording: each is written once and has a number."""

from types import CodeType, FrameType

from clientprof.recording.recorder import Recorder


class StackRows:
    """Writes ``stack.*`` and ``frame.*``, innermost frame first. ``codes`` are what ``frame.code`` points into.

    Stacks differ also where only the innermost instruction does. They are known by the hash of what they consist of (64
    bits): a program that runs for hours shows hundreds of thousands, and each spelled out would take 2 kB for good.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.codes: list[CodeType] = []
        self._code_numbers: dict[int, int] = {}
        self._lines: dict[tuple[int, int], int] = {}
        self._numbers: dict[int, int] = {}
        self._first = recorder.column("stack.first").append
        self._count = recorder.column("stack.count").append
        self._code = recorder.column("frame.code").append
        self._line = recorder.column("frame.line").append
        self._frames = 0

    def of(self, frame: FrameType | None) -> int:
        """The number of the stack that ends in the frame."""
        innermost = frame
        key = [] if frame is None else [frame.f_lasti]
        add = key.append
        while frame is not None:
            add(id(frame.f_code))
            frame = frame.f_back
        known_by = hash(tuple(key))
        known = self._numbers.get(known_by)
        return self._add(known_by, max(0, len(key) - 1), innermost) if known is None else known

    def of_code(self, code: CodeType) -> int:
        """The number of a stack of that code alone."""
        key = hash((-1, id(code)))
        if key not in self._numbers:
            self._first(self._frames)
            self._add_frame(code, code.co_firstlineno)
            self._count(1)
            self._numbers[key] = len(self._numbers)
        return self._numbers[key]

    def _add(self, known_by: int, frames: int, frame: FrameType | None) -> int:
        self._first(self._frames)
        while frame is not None:
            # Reading a line off a frame decodes its function's table from the start; callers are mostly known already.
            place = (id(frame.f_code), frame.f_lasti)
            line = self._lines.get(place)
            if line is None:
                line = self._lines[place] = frame.f_lineno or 0
            self._add_frame(frame.f_code, line)
            frame = frame.f_back
        self._count(frames)
        number = self._numbers[known_by] = len(self._numbers)
        return number

    def _add_frame(self, code: CodeType, line: int) -> None:
        number = self._code_numbers.get(id(code))
        if number is None:
            # Keeping the code object alive keeps its id from being given to another.
            number = self._code_numbers[id(code)] = len(self.codes)
            self.codes.append(code)
        self._code(number)
        self._line(line)
        self._frames += 1
