"""uvloop for the sampler alone: no callback is wrapped, so being sampled costs the loop nothing.

uvloop is C and reports no waits. But Python puts a byte into a pipe for each signal, and uvloop wakes to handle it at once,
in whoever runs the loop: the frame of ``in_uvloop``. A signal that was handled there came while uvloop itself ran or waited;
so did one that was handled at the first instruction of the function that uvloop called next. Time without CPU since the
sample before says whether it waited.

From a signal that found the loop waiting on, the sampler's timer stands still. Whatever wakes the loop makes it queue a
callback before long: then the timer starts again.
"""

from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from clientprof.probes.on_uvloop.stamped_uvloop import native_code
from clientprof.probes.waits import Stoppable


def in_uvloop(loop: Any, run: Callable[[Any], Any]) -> Any:
    """Run the loop. While uvloop's C code runs, this is the innermost frame."""
    return run(loop)


IN_UVLOOP = frozenset({in_uvloop.__code__})


def uvloop_ran(frame: FrameType | None) -> bool:
    """Whether uvloop itself ran when the signal came that found this frame: it is that of ``in_uvloop``, or of a function
    that uvloop has called and of which nothing has run."""
    if frame is None or frame.f_code in IN_UVLOOP:
        return frame is not None
    called = frame.f_back is not None and frame.f_back.f_code in IN_UVLOOP
    return called and frame.f_lineno == frame.f_code.co_firstlineno


class UvloopWaits:
    """What the sampler asks of the loop: ``native`` stands for its C code, ``asleep`` has it woken by the next callback."""

    def __init__(self) -> None:
        self._native: CodeType | None = None
        self._loop: Any = None
        self._sampler: Stoppable | None = None

    def factory(self, sampler: Stoppable) -> Callable[[], Any]:
        """What makes the loop."""
        import uvloop

        base: Any = uvloop.Loop
        self._native, self._sampler = native_code(), sampler
        waits = self

        class SampledUvloop(base):  # type: ignore[misc]
            """uvloop that is seen to run."""

            def run_forever(self) -> Any:
                waits._loop = self
                return in_uvloop(self, base.run_forever)

        SampledUvloop.__name__, SampledUvloop.__qualname__, SampledUvloop.__module__ = "Loop", "Loop", "uvloop"
        return SampledUvloop

    def native(self, frame: FrameType | None) -> CodeType | None:
        """What stands for uvloop's code, if the signal that found this frame came while it ran."""
        return self._native if uvloop_ran(frame) else None

    def asleep(self) -> None:
        """The loop waits, and the sampler's timer stands still until a callback is queued."""
        own = self._loop.__dict__
        for name in ("call_soon", "call_later"):
            own[name] = self._waking(getattr(super(type(self._loop), self._loop), name))

    def _waking(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        def woken(*args: Any, **kwargs: Any) -> Any:
            own = self._loop.__dict__
            own.pop("call_soon", None)
            own.pop("call_later", None)
            if self._sampler is not None:
                self._sampler.busy()
            return plain(*args, **kwargs)

        return woken
