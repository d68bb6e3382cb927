"""A coroutine run on a stamped loop, and the loop's time as rows."""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import CodeType
from typing import Any, TypeVar

from clientprof.model.run import StepOwner
from clientprof.probes.awaits import AwaitProbe
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.on_asyncio.stamped_loop import StampedLoop, install_handle_stamps
from clientprof.probes.on_uvloop.stamped_uvloop import stamped_uvloop
from clientprof.probes.on_uvloop.uvloop_protocols import Protocols
from clientprof.probes.on_uvloop.uvloop_steps import Steps
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder

T = TypeVar("T")
LOOP, SELECT, WAIT, NOBODY = (int(getattr(StepOwner, name)) for name in ("LOOP", "SELECT", "WAIT", "NOBODY"))
NATIVE = int(StepOwner.NATIVE)


@dataclass(frozen=True)
class LoopStep:
    """One row of the loop's time, ending where the next begins."""

    started_ns: int
    ended_ns: int
    enqueued_ns: int
    owner: int


def run_stamped(
    main: Callable[[], Coroutine[Any, Any, T]],
    recorder: Recorder,
    failures: Failures | None = None,
    awaits: AwaitProbe | None = None,
) -> T:
    """Run on a stamped loop of its own, handles stamped for the time."""
    patches = Patches()
    install_handle_stamps(patches)
    try:
        with asyncio.Runner(loop_factory=lambda: StampedLoop(recorder, failures, awaits=awaits)) as runner:
            return runner.run(main())
    finally:
        patches.restore()


def stamped_uvloop_class(
    recorder: Recorder,
    failures: Failures | None = None,
    awaits: AwaitProbe | None = None,
    patches: Patches | None = None,
) -> Any:
    """The class of stamped uvloops; ``patches`` keep what they put on classes of protocols."""
    failures = failures or Failures()
    protocols = Protocols(patches or Patches(), failures, recorder)

    def steps(native: CodeType) -> Steps:
        return Steps(native, recorder, failures, awaits=awaits)

    return stamped_uvloop(steps, protocols, recorder, failures)


def stamped_uvloop_loop(recorder: Recorder, **probes: Any) -> Any:
    """A loop of that class."""
    return stamped_uvloop_class(recorder, **probes)()


def run_stamped_uvloop(
    main: Callable[[], Coroutine[Any, Any, T]],
    recorder: Recorder,
    failures: Failures | None = None,
    awaits: AwaitProbe | None = None,
) -> T:
    """Run on a stamped uvloop of its own; classes of protocols are as before after it."""
    patches = Patches()
    try:
        with asyncio.Runner(loop_factory=stamped_uvloop_class(recorder, failures, awaits, patches)) as runner:
            return runner.run(main())
    finally:
        patches.restore()


def steps_of(recorder: Recorder) -> list[LoopStep]:
    """The steps; the last row, which has no end, is left out."""
    columns = recorder.columns()
    started, enqueued, owner = (columns[f"step.{name}"] for name in ("started_ns", "enqueued_ns", "owner"))
    assert len(started) == len(enqueued) == len(owner)
    return [LoopStep(started[i], started[i + 1], enqueued[i], owner[i]) for i in range(len(started) - 1)]


def owner_at(steps: list[LoopStep], at_ns: int) -> int:
    """Whose step an instant lies in."""
    (step,) = [step for step in steps if step.started_ns <= at_ns < step.ended_ns]
    return step.owner


def as_exchange(number: int, coroutine: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    """A task in a context of its own that works for the exchange."""

    context = contextvars.copy_context()
    context.run(EXCHANGE.set, number)
    return asyncio.get_running_loop().create_task(coroutine, context=context)
