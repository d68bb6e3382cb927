"""Samples as a perfect sampler would take them: one at the end of every piece of work, with its whole weight.

Each layer has a stack in which it is the innermost of two boundaries, below a frame of the standard library: a
classification that looked at the outermost boundary, or at the innermost frame, would name another layer.
"""

from clientprof.model.layers import Layer
from clientprof.model.samples import Boundary, CodeLocation
from clientprof.recording.recorder import Recorder

LAYERS = tuple(Layer)
_TURN = CodeLocation("asyncio.base_events", "BaseEventLoop._run_once", "asyncio/base_events.py", 1, "stdlib")
_LEAF = CodeLocation("selectors", "leaf", "selectors.py", 1, "stdlib")
_DOORS = tuple(CodeLocation(f"scripted.{layer}", "enter", f"scripted/{layer}.py", 1, "package") for layer in LAYERS)

CODES = (_TURN, _LEAF, *_DOORS)
BOUNDARIES = tuple(
    Boundary(door.module, door.function, layer, True, door.file, door.line)
    for layer, door in zip(LAYERS, _DOORS, strict=True)
)


class ExactSamples:
    """Writes ``sample.*``, ``stack.*`` and ``frame.*`` columns."""

    def __init__(self, recorder: Recorder) -> None:
        self._column = recorder.column
        first_door = CODES.index(_DOORS[0])
        for number in range(len(LAYERS)):
            outer = (number + 1) % len(LAYERS)
            frames = (CODES.index(_LEAF), first_door + number, first_door + outer, CODES.index(_TURN))
            self._column("stack.first").append(len(self._column("frame.code")))
            self._column("stack.count").append(len(frames))
            self._column("frame.code").extend(frames)
            self._column("frame.line").extend(1 for _ in frames)

    def add(self, at_ns: int, weight_ns: int, layer: Layer, exchange: int, gc_ns: int = 0) -> None:
        for name, value in (
            ("at_ns", at_ns),
            ("weight_ns", weight_ns),
            ("gc_ns", gc_ns),
            ("exchange", exchange),
            ("stack", LAYERS.index(layer)),
        ):
            self._column(f"sample.{name}").append(value)
