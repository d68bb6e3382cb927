"""The moments of a run under the memory lens, and what was held at each by layer and by function.

The layer of a block is that of the innermost frame that has one: the code that asked for it. Blocks of the instrument itself
are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.model.costs.memory import FunctionBytes, Moment
from clientprof.model.layers import Layer
from clientprof.model.run import Run

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
# A function that holds less for a request is not worth a row.
_LEAST_BYTES = 1.0


@dataclass(frozen=True, slots=True)
class Noted:
    """One moment. ``number`` is its place; ``sockets`` None where they could not be counted."""

    number: int
    kind: Moment
    in_flight: int
    sockets: int | None


class Moments:
    """All of them, in order of time."""

    def __init__(self, run: Run) -> None:
        kinds, in_flight, sockets = (run.column(f"moment.{name}") for name in ("kind", "in_flight", "sockets"))
        self.noted = tuple(
            Noted(number, Moment(kind), flying, None if opened < 0 else opened)
            for number, (kind, flying, opened) in enumerate(zip(kinds, in_flight, sockets, strict=True))
        )
        self._table = StackTable(run)
        self._moment, self._stack, self._bytes, self._blocks = (
            np.asarray(run.column(f"memory.{name}"), dtype=np.int64) for name in ("moment", "stack", "bytes", "blocks")
        )

    def of(self, kind: Moment) -> list[Noted]:
        """Those of a kind, the earliest first."""
        return [each for each in self.noted if each.kind is kind]

    def after(self, moment: Noted) -> Noted | None:
        """The next with nothing in flight: what the requests of this one leave behind when they are done."""
        return next((each for each in self.of(Moment.IDLE) if each.number > moment.number), None)

    @cached_property
    def _layers(self) -> list[Layer]:
        return [stack.work for stack in self._table.stacks]

    def by_layer(self, moment: Noted, less: Noted) -> Mapping[Layer, float]:
        """Bytes that were held at a moment and not at another one."""
        change = self._change(moment, less, self._bytes)
        found: dict[Layer, float] = {}
        for number in np.flatnonzero(change).tolist():
            layer = self._layers[number]
            if layer is not Layer.PROFILER:
                found[layer] = found.get(layer, 0.0) + float(change[number])
        return found

    def by_function(self, moment: Noted, less: Noted, requests: int) -> tuple[FunctionBytes, ...]:
        """The same by the function to name, the most first; each for one of so many requests."""
        sizes, blocks = self._change(moment, less, self._bytes), self._change(moment, less, self._blocks)
        found: dict[tuple[Layer, int], list[float]] = {}
        for number in np.flatnonzero(sizes).tolist():
            stack = self._table.stacks[number]
            if self._layers[number] is Layer.PROFILER or stack.named < 0:
                continue
            held = found.setdefault((self._layers[number], stack.named), [0.0, 0.0])
            held[0] += float(sizes[number]) / requests
            held[1] += float(blocks[number]) / requests
        rows = [self._row(layer, named, held) for (layer, named), held in found.items() if held[0] >= _LEAST_BYTES]
        return tuple(sorted(rows, key=lambda row: -row.bytes_per_request))

    def _row(self, layer: Layer, named: int, held: Sequence[float]) -> FunctionBytes:
        code = self._table.codes[named]
        return FunctionBytes(layer, code.module, code.function, code.file, code.line, code.origin, held[0], held[1])

    def _change(self, moment: Noted, less: Noted, values: Integers) -> Floats:
        """By stack."""
        stacks = len(self._layers)
        after, before = (
            np.bincount(self._stack[rows], weights=values[rows], minlength=stacks)
            for rows in (self._moment == each.number for each in (moment, less))
        )
        return np.asarray(after - before, dtype=np.float64)
