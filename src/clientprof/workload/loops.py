"""What asynchronous clients run on: asyncio's selector loop, uvloop, trio; what is lost on each is said here."""

import asyncio
from collections.abc import Callable, Mapping

from clientprof.probes.counts.counters import LoopCalls
from clientprof.workload.load.scenario import Loop

UVLOOP_COUNTS = "On uvloop sends, receives and connects are not counted, nor callbacks that uvloop queues for itself"

# Where calls that every client makes are counted.
COUNTED: Mapping[Loop, LoopCalls] = {
    Loop.ASYNCIO: LoopCalls.ASYNCIO,
    Loop.UVLOOP: LoopCalls.UVLOOP,
    Loop.TRIO: LoopCalls.TRIO,
}


def plain_loop_factory(loop: Loop) -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes an event loop without instruments, the standard library's or uvloop's."""
    if loop is not Loop.UVLOOP:
        return asyncio.SelectorEventLoop
    import uvloop

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
