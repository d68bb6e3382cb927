"""Which clients can be counted exactly: said before anything runs, by name."""

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Adapter, AsyncAdapter
from clientprof.workload.load.scenario import Loop, Scenario, Trust


def uncountable(adapter: type[Adapter], scenario: Scenario) -> str | None:
    """Why there are no exact counts of that client, in a sentence that says what is possible; None where there are."""
    able = ", ".join(countable_clients())
    if adapter.opaque:
        return (
            f"{adapter.name} opens real sockets in native code, where no virtual clock reaches; count works for {able}"
        )
    if not issubclass(adapter, AsyncAdapter):
        return f"{adapter.name} blocks threads, whose order is the system's; count works for {able}"
    if scenario.loop is not Loop.ASYNCIO:
        return f"--loop {scenario.loop} waits in the system, not on a virtual clock; count runs on asyncio's own loop"
    if scenario.network:
        return f"count has no link of its own between client and server, and the scenario asks for {scenario.network}"
    if scenario.trust is Trust.DEFAULT:
        return (
            "--trust default verifies against this machine's store, so its counts would be this machine's; leave it out"
        )
    return None


def countable_clients() -> tuple[str, ...]:
    """Those that can be counted."""
    return tuple(name for name, adapter in CLIENTS.items() if issubclass(adapter, AsyncAdapter) and not adapter.opaque)
