"""What is counted of a client, by name: what a bound may be on."""

from clientprof.clients import CLIENTS
from clientprof.probes.counts.counters import CountingProbe, LoopCalls

_ALWAYS = ("calls", "bytecodes", "library_bytecodes", "selects", "garbage_objects", "failed_imports")


def figures_of(client: str) -> tuple[str, ...]:
    """The names of all figures of that client, whether its installed version has them or not."""
    return (*_ALWAYS, *CountingProbe(CLIENTS[client].counters, loop=LoopCalls.ASYNCIO).names())
