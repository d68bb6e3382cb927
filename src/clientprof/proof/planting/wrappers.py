"""The planted code: wrappers that spend their dose and then call the original, as somebody's patch would.

Every planted wrapper gets a code object of its own, with a name and a line of its own, as if it had been written out for its
target: a factory's shared code object could not be told apart by any profiler.
"""

import functools
import gc
import inspect
from collections.abc import Callable
from time import thread_time_ns
from types import CodeType, FunctionType
from typing import Any

from clientprof.proof.planting.dose import Dose

_CYCLES = 50
# A loop's round without its import takes about 2 us; longer ones were disturbed.
_ROUND_TRIP_NS = 5_000
# Few long collections: at the default of 700 objects, the callbacks that count them would take a tenth of their time.
_COLLECT_EVERY = 5_000

Function = Callable[..., Any]


def burning(original: Function, dose: Dose) -> Function:
    """Spend the dose in many small bytecodes."""

    def planted(*args: Any, **kwargs: Any) -> Any:
        dose.calls += 1
        left = dose.per_call_ns
        seen, last = dose.samples(), thread_time_ns()
        while left > 0:
            now = thread_time_ns()
            if dose.samples() == seen:
                left -= now - last
                last = now
            else:
                seen, last = dose.samples(), thread_time_ns()
        dose.spent_ns += dose.per_call_ns - left
        return original(*args, **kwargs)

    return planted


def burning_coroutine(original: Function, dose: Dose) -> Function:
    """Spend the dose before the first await of the original."""

    async def planted(*args: Any, **kwargs: Any) -> Any:
        dose.calls += 1
        left = dose.per_call_ns
        seen, last = dose.samples(), thread_time_ns()
        while left > 0:
            now = thread_time_ns()
            if dose.samples() == seen:
                left -= now - last
                last = now
            else:
                seen, last = dose.samples(), thread_time_ns()
        dose.spent_ns += dose.per_call_ns - left
        return await original(*args, **kwargs)

    return planted


def importing(original: Function, dose: Dose) -> Function:
    """Try to import a module that does not exist, again and again; a failed import is never cached."""

    def planted(*args: Any, **kwargs: Any) -> Any:
        dose.calls += 1
        spent, before = 0, thread_time_ns()
        while spent < dose.per_call_ns:
            seen, began = dose.samples(), thread_time_ns()
            try:  # noqa: SIM105  # contextlib.suppress would be a part of what is planted
                import clientprof_planted_absence  # type: ignore[import-not-found]  # noqa: F401
            except ImportError:
                pass
            ended = thread_time_ns()
            spent += dose.undisturbed(ended - began, dose.samples() != seen)
            # As before it, and as in the step that a sample disturbed: one round of this loop without the import.
            dose.side_ns += min(began - before, _ROUND_TRIP_NS)
            before = ended
        dose.spent_ns += spent
        return original(*args, **kwargs)

    return planted


def littering(original: Function, dose: Dose) -> Function:
    """Make reference cycles; ``spent_ns`` stays 0 here, the collections are counted where they happen."""

    def planted(*args: Any, **kwargs: Any) -> Any:
        dose.calls += 1
        began, collected = dose.clock_ns(), dose.collected_ns
        side = 0
        while side < dose.per_call_ns:
            for _ in range(_CYCLES):
                cycle: list[Any] = []
                cycle.append(cycle)
            side = dose.clock_ns() - began - (dose.collected_ns - collected)
        dose.side_ns += side
        return original(*args, **kwargs)

    return planted


KINDS: dict[str, Function] = {"burn": burning, "import": importing, "litter": littering}


def wrap(original: Function, dose: Dose, kind: str, name: str, number: int, *, keep_name: bool) -> Function:
    """The original behind a plant of that kind, called ``name`` in profiles.

    ``keep_name`` applies ``functools.wraps`` as careful people do; without it the wrapper says nothing of what it hides.
    """
    factory = KINDS[kind]
    if kind == "burn" and inspect.iscoroutinefunction(original):
        factory = burning_coroutine
    wrapper = factory(original, dose)
    assert isinstance(wrapper, FunctionType)
    code: CodeType = wrapper.__code__.replace(
        co_name=name, co_qualname=name, co_firstlineno=wrapper.__code__.co_firstlineno + 10_000 * (number + 1)
    )
    own = FunctionType(code, wrapper.__globals__, name, wrapper.__defaults__, wrapper.__closure__)
    return functools.wraps(original)(own) if keep_name else own


def count_collections(dose: Dose) -> Callable[[], None]:
    """Count every collection of the process into ``dose.spent_ns`` by thread CPU; returns what stops it."""
    began = 0

    def on_collection(phase: str, _info: dict[str, Any]) -> None:
        nonlocal began
        if phase == "start":
            began = dose.clock_ns()
        else:
            spent = dose.clock_ns() - began
            dose.spent_ns += spent
            dose.collected_ns += spent

    gc.set_threshold(_COLLECT_EVERY)
    gc.callbacks.append(on_collection)
    return lambda: gc.callbacks.remove(on_collection)
