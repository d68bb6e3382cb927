"""Which functions held the loop: the wall time between two samples belongs to the stack of the second."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import ClassifiedStack, StackTable
from clientprof.model.layers import Layer
from clientprof.model.programs.routes import Holder
from clientprof.model.recording import Run
from clientprof.model.samples import CodeLocation

HOLDERS_KEPT = 12


@dataclass(slots=True)
class _Sum:
    held_ns: float = 0.0
    samples: int = 0


def holders_of(run: Run, table: StackTable, idle_ns: npt.NDArray[np.float64], requests: int) -> tuple[Holder, ...]:
    """The functions that held the loop longest, most first. ``idle_ns`` is the loop's idle time up to each sample."""
    at, stack = np.asarray(run.column("sample.at_ns"), dtype=np.int64), np.asarray(run.column("sample.stack"))
    real = stack >= 0
    at, stack, idle = at[real], stack[real], idle_ns[real]
    if len(at) < 2:
        return ()
    held = np.maximum(0.0, np.diff(at) - np.diff(idle))
    keys = [_key(table, found) for found in table.stacks]
    sums: dict[tuple[Layer, str, str | None, str | None], _Sum] = {}
    for number, held_ns in zip(stack[1:].tolist(), held.tolist(), strict=True):
        entry = sums.setdefault(keys[number], _Sum())
        entry.held_ns += held_ns
        entry.samples += 1
    ordered = sorted(sums.items(), key=lambda item: -item[1].held_ns)[:HOLDERS_KEPT]
    return tuple(
        Holder(
            layer=key[0],
            function=key[1],
            through=key[2],
            caller=key[3],
            held_us=entry.held_ns / 1e3 / requests,
            samples=entry.samples,
        )
        for key, entry in ordered
    )


def _key(table: StackTable, stack: ClassifiedStack) -> tuple[Layer, str, str | None, str | None]:
    """Layer, innermost function, the library's function that the route called, and the route."""
    codes = [table.codes[number] for number in stack.frames]
    if not codes:
        return (stack.owner, "?", None, None)
    last = max((index for index, code in enumerate(codes) if _is_route(code)), default=None)
    below = () if last is None else codes[last + 1 :]
    through = next((code.name for code in below if code.origin == "package"), None)
    caller = None if last is None else codes[last].function.rpartition(".")[2]
    return (stack.owner, codes[-1].name, through, caller)


# The module of the routes, and its name in older recordings.
_APPS = ("clientprof.workload.programs.fastapi_app.app", "clientprof.workload.service.app")


def _is_route(code: CodeLocation) -> bool:
    return code.module in _APPS
