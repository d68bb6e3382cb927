"""Names that aiohttp's connector has looked up, whoever does it: the event loop, aiodns, or a resolver of the program's own.

The loop stamps its own look-ups. A resolver that asks in another way is not seen there, and nor are requests that wait for
the look-up of the same name that another request has begun: without marks both would count as waits inside the pool.
"""

import functools
import inspect
from time import perf_counter_ns, thread_time_ns
from typing import Any

from clientprof.model.phases import Mark
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import find
from clientprof.probes.patches import Patches
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.open_exchange import Open
from clientprof.probes.programs.quiet_wrappers import unseen
from clientprof.probes.programs.seam_stamps import SeamStamps

AIOHTTP = "aiohttp.connector"
_TARGET = f"{AIOHTTP}:TCPConnector._resolve_host"
_NAME = "name look-ups of aiohttp"
# An address needs no look-up, and a name that is remembered none either: both take some microseconds.
_LEAST_NS = 20_000
# The names whose look-up is under way, where the next to ask for them wait; the second before aiohttp 3.10.
_UNDER_WAY = ("_throttle_dns_futures", "_throttle_dns_events")


def install_resolvers(stamps: SeamStamps, exchanges: Exchanges, patches: Patches, failures: Failures) -> None:
    """Stamp what takes time to find a host's addresses; once aiohttp's connector has been imported."""
    seam = find(_TARGET)
    if seam is None or not inspect.iscoroutinefunction(seam.function):
        failures.leave_out(_NAME, "is no coroutine function" if seam else f"no {_TARGET} is here")
        return
    resolve, live = seam.function, exchanges.live

    @functools.wraps(resolve)
    async def _resolve_host(connector: Any, host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        opened = live.get(EXCHANGE.get(-1))
        at_ns, cpu_ns = perf_counter_ns(), thread_time_ns()
        # Of those that are under way already, another request is the one that looks up.
        counted = None if opened is None or _under_way(connector, (host, port)) else opened.lookups
        try:
            return await resolve(connector, host, port, *args, **kwargs)
        except BaseException as error:
            unseen(error)
            raise
        finally:
            if opened is not None and perf_counter_ns() - at_ns >= _LEAST_NS:
                try:
                    _resolved(opened, at_ns, cpu_ns)
                    if opened.lookups == counted:
                        stamps.looked_up(at_ns, host)
                except Exception as error:
                    failures.remove(_NAME, error)

    if not seam.replace(_resolve_host, patches):
        failures.leave_out(_NAME, "cannot be replaced")


def _under_way(connector: Any, key: tuple[Any, Any]) -> bool:
    return any(key in getattr(connector, name, ()) for name in _UNDER_WAY)


def _resolved(opened: Open, at_ns: int, cpu_ns: int) -> None:
    if not opened.window:
        return
    opened.lane.mark(opened.number, Mark.DNS_START, at_ns, cpu_ns)
    opened.lane.mark(opened.number, Mark.DNS_END, perf_counter_ns(), thread_time_ns())
