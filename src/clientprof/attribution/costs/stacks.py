"""Stacks made readable and given their layers: who owns the time, what kind of code ran, which function to name.

* owner: the layer of the innermost boundary frame. What a boundary calls stays its own. The boundaries of the event loop
  and of the application own no package's frames: code that no client's boundary claims is judged by its module.
* work: the layer of the innermost frame's module.
* named function: the innermost frame outside the standard library, because nobody can act on ``posix.stat``; the
  standard library's own frame where there is no other. For an import it is the function that imports.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.module_layers import module_layer
from clientprof.model.layers import Layer
from clientprof.model.run import Run
from clientprof.model.samples import CodeLocation

Integers = npt.NDArray[np.int64]

# Frames of comprehensions exist only before Python 3.12; merged into their function they are the same on all versions.
_OWN_NO_PACKAGE = (None, Layer.LOOP, Layer.APP)
# What lies outside of these is how the loop or the thread was started, the same for every request. uvloop makes no frames,
# so whoever runs it stands for it where there is nothing further in.
_OUTERMOST = {
    ("asyncio.base_events", "BaseEventLoop._run_once"): 2,
    ("trio._core._run", "unrolled_run"): 2,
    ("clientprof.workload.drivers.thread_driver", "ThreadDriver.run_exchange"): 2,
    ("clientprof.workload.thread_driver", "ThreadDriver.run_exchange"): 2,  # in older recordings
    ("asyncio.runners", "Runner.run"): 1,
    ("threading", "Thread.run"): 1,
    ("concurrent.futures.thread", "_WorkItem.run"): 1,
}
_MERGED = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


@dataclass(frozen=True, slots=True)
class ClassifiedStack:
    """One distinct stack. ``frames`` are code numbers, outermost first, without the frames below the event loop.

    ``layers`` holds the owner layer in force at each frame; ``named`` is the code number of the function to name.
    """

    frames: tuple[int, ...]
    layers: tuple[Layer, ...]
    owner: Layer
    work: Layer
    named: int


class StackTable:
    """All distinct stacks of one run, classified once each."""

    def __init__(self, run: Run, *, charge_profiler: bool = True, awaited: bool = False) -> None:
        """With ``charge_profiler`` False the instruments' innermost frames are taken for what they stand in for.

        ``awaited`` takes the chains of awaits in place of the sampled stacks.
        """
        self._charge_profiler = charge_profiler
        self.codes: tuple[CodeLocation, ...] = run.facts.codes
        self.packages = run.facts.packages
        stack, frame = ("chain", "link") if awaited else ("stack", "frame")
        self._first = run.column(f"{stack}.first")
        self._count = run.column(f"{stack}.count")
        self._frame_code = run.column(f"{frame}.code")
        self._boundaries = {(b.file, b.line): b.layer for b in run.facts.boundaries if b.found}
        self._modules = [module_layer(code, run.facts.module_layers) for code in self.codes]
        self._turn = [_OUTERMOST.get((code.module, code.function), 0) for code in self.codes]
        self._boundary = [self._boundaries.get((code.file, code.line)) for code in self.codes]

    @cached_property
    def stacks(self) -> list[ClassifiedStack]:
        """The stacks, by the number that ``sample.stack`` or ``await.chain`` holds."""
        return [
            self._classify(self._frame_code[first : first + count])
            for first, count in zip(self._first, self._count, strict=True)
        ]

    def work_layer(self, number: int) -> Layer | None:
        """The layer of a code's module, by the code's number; None where it works for its caller."""
        return self._modules[number]

    def _classify(self, innermost_first: "object") -> ClassifiedStack:
        frames = self._visible(list(reversed(innermost_first)))  # type: ignore[call-overload]
        while frames and not self._charge_profiler and self.codes[frames[-1]].origin == "profiler":
            frames.pop()
        if not frames:
            return ClassifiedStack((), (), Layer.OTHER, Layer.OTHER, -1)
        layers: list[Layer] = []
        in_force: Layer | None = None
        for number in frames:
            boundary = self._boundary[number]
            if boundary is not None:
                in_force = boundary
            elif in_force in _OWN_NO_PACKAGE and self.codes[number].origin in ("package", "app"):
                in_force = self._modules[number] or in_force
            layers.append(in_force or self._modules[number] or Layer.OTHER)
        innermost = self.codes[frames[-1]]
        work = next((self._modules[n] for n in reversed(frames) if self._modules[n] is not None), None)
        owner = Layer.PROFILER if innermost.origin == "profiler" else layers[-1]
        named = self._named(frames, layers, owner)
        return ClassifiedStack(tuple(frames), tuple(layers), owner, work or Layer.OTHER, named)

    def _named(self, frames: list[int], layers: list[Layer], owner: Layer) -> int:
        if owner in (Layer.PROFILER, Layer.LOOP):
            return frames[-1]
        if owner is Layer.IMPORT:
            while layers[len(frames) - 1] is Layer.IMPORT and len(frames) > 1:
                frames = frames[:-1]
        return next((n for n in reversed(frames) if self.codes[n].origin in ("package", "app")), frames[-1])

    def _visible(self, frames: list[int]) -> list[int]:
        """Without what lies below the loop's turn, and with comprehensions merged into their function."""
        turns = [self._turn[number] for number in frames]
        if any(turns):
            # The innermost kind of turn there is; its outermost frame where loops are nested.
            frames = frames[turns.index(max(turns)) :]
        merged: list[int] = []
        for number in frames:
            code = self.codes[number]
            if merged and code.function.endswith(_MERGED) and self.codes[merged[-1]].file == code.file:
                continue
            merged.append(number)
        return merged
