"""What a client does, put to the test in a process of its own: answers, errors, timeouts, cancelling, closed connections.

Protocol, one JSON object a line. The parent writes ``BehaviourSettings``. The process makes the changes and says
``{"event": "ready"}``, asks for the answers and says ``{"event": "answered"}``, each time waiting for an empty line, so that
the parent can read the origin's log; then it does the rest and says ``{"event": "observed", ...}``. A failure is
``{"event": "failed", "text": ...}``.
"""

import asyncio
import hashlib
import io
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import AsyncAdapter, ClientOptions, Request, SyncAdapter
from clientprof.recording.dataclass_json import from_json, to_json
from clientprof.workload.behaviour.behaviour_settings import (
    ANSWERS,
    BROKEN,
    CANCELLED,
    CONNECTING,
    IDLE,
    TIMEOUTS,
    VARIED,
    BehaviourSettings,
    Observed,
)
from clientprof.workload.behaviour.idle_clock import IdleClockLoop
from clientprof.workload.changes import make_changes
from clientprof.workload.requests import requests_for
from clientprof.workload.sequence import options_for

CONNECTIONS_AT_MOST = 4
REQUESTS_AT_ONCE = 12
ROUNDS = 3
TIMEOUT_S = 1.0
CANCELLED_TIMEOUT_S = 3.0
# Longer than any timeout here, and than the time after which a leaking pool is given up.
_LATE_S = 20.0
# Turns of the loop, or seconds, between starting requests and cancelling them.
_MOMENTS: tuple[int | float, ...] = (*range(12), 0.1)
_VARIED = (
    "/0", "/64k", "/4k?chunks=4", "/2k?encoding=gzip", "/status/204", "/status/404", "/1k?close=1", "/cookies/3",
    "/delay/20/1k", "/stream/4x100/5", "/1k",
)  # fmt: skip
_BROKEN = ("/fault/truncate/4k", "/fault/garbage", "/fault/reset")

Fetch = Callable[[Any, Request], Awaitable[str]]


def main() -> int:
    """Observe one client; exit code 0 when it was observed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stream = io.TextIOWrapper(io.FileIO(os.dup(1), "w"), encoding="utf-8", write_through=True)
    os.dup2(2, 1)  # whatever a library prints must not look like an event

    def tell(event: str, **values: object) -> None:
        stream.write(json.dumps({"event": event, **values}) + "\n")

    def ask(event: str) -> None:
        tell(event)
        if not sys.stdin.readline():
            raise EOFError("the parent is gone")

    try:
        settings = from_json(BehaviourSettings, json.loads(sys.stdin.readline()))
        make_changes(settings.changes)
        observed = observe(settings, ask)
    except Exception as error:
        tell("failed", text=f"{type(error).__name__}: {error}".splitlines()[0])
        return 1
    tell("observed", **to_json(observed))
    return 0


def observe(settings: BehaviourSettings, ask: Callable[[str], None]) -> Observed:
    """Put the client to all checks that its kind allows; blocking clients run in threads and cannot be cancelled."""
    bench = _Bench(settings)
    ask("ready")
    outcomes = {ANSWERS: asyncio.run(bench.answers())}
    ask("answered")
    # What waits for time runs together; what cancels at a turn of the loop has the loop for itself.
    checks = {VARIED: bench.varied, TIMEOUTS: bench.timeouts, BROKEN: bench.broken, IDLE: bench.idle}
    outcomes |= dict(zip(checks, asyncio.run(_together(check() for check in checks.values())), strict=True))
    if bench.cancels:
        with asyncio.Runner(loop_factory=IdleClockLoop) as runner:
            outcomes[CANCELLED] = runner.run(bench.cancelled())
            outcomes[CONNECTING] = runner.run(bench.connecting())
    return Observed(tuple(outcomes.items()))


async def _together(checks: Iterable[Coroutine[Any, Any, str]]) -> list[str]:
    return list(await asyncio.gather(*checks))


class _Bench:
    """The checks, each with a client of its own."""

    def __init__(self, settings: BehaviourSettings) -> None:
        self._settings = settings
        self._adapter = CLIENTS[settings.adapter]()
        self.cancels = isinstance(self._adapter, AsyncAdapter)
        self._threads = ThreadPoolExecutor(REQUESTS_AT_ONCE)
        self._options = options_for(settings.scenario, settings.ca_file, settings.urls)

    async def answers(self) -> str:
        """The scenario's requests, three times as many at once as connections, several times."""
        requests = requests_for(self._settings.scenario, self._settings.urls)
        client = self._build()
        told = [
            outcome
            for _ in range(ROUNDS)
            for outcome in await self._together(
                client, [requests[number % len(requests)] for number in range(REQUESTS_AT_ONCE)]
            )
        ]
        await self._close(client)
        return _counted(told)

    async def varied(self) -> str:
        """Bodies of every framing, statuses without a body, a connection that ends, cookies, HEAD and an upload."""
        client = self._build()
        told = [f"{path} {await self._fetch(client, self._get(path))}" for path in _VARIED]
        head = await self._fetch(client, replace(self._get("/1k"), method="HEAD"))
        echo = await self._fetch(client, replace(self._get("/echo"), method="POST", body=b"0123456789" * 1000))
        await self._close(client)
        return "; ".join([*told, f"HEAD {head}", f"POST {echo}"])

    async def cancelled(self) -> str:
        """Requests on open connections cancelled at every turn of the loop up to the answer, all or every other one."""
        cases = [(moment, every) for moment in _MOMENTS for every in (1, 2)]
        return _counted(await asyncio.gather(*(self._cancel(moment, every, warm=True) for moment, every in cases)))

    async def connecting(self) -> str:
        """The same while connections are opened; in how many cases later requests found none."""
        told = await asyncio.gather(*(self._cancel(moment, 1, warm=False) for moment in _MOMENTS))
        return f"{sum('Timeout' in each.rpartition('then ')[2] for each in told)} of {len(told)} leak"

    async def _cancel(self, moment: int | float, every: int, *, warm: bool) -> str:
        client = self._build(limit=2, timeout_s=CANCELLED_TIMEOUT_S)
        if warm:
            await self._together(client, [self._get("/1k")] * 2)
        running = [asyncio.ensure_future(self._fetch(client, self._get("/delay/200/1k"))) for _ in range(6)]
        if isinstance(moment, float):
            await asyncio.sleep(moment)
        else:
            for _ in range(moment):
                await asyncio.sleep(0)
        # One that has its answer already is as good as cancelled: how far all are at that moment, the machine decides.
        answered = {task for task in running[::every] if task.done()}
        for task in running[::every]:
            task.cancel()
        await asyncio.wait(running)
        ended = ["CancelledError" if task in answered or task.cancelled() else _name(task) for task in running]
        after = await self._together(client, [self._get("/1k")] * 6)
        await self._close(client)
        return f"{_counted(ended)}, then {_counted(after)}"

    async def timeouts(self) -> str:
        """A server too slow to answer, and a pool whose only connection is held; both are followed by a plain request."""
        client = self._build(limit=1, timeout_s=TIMEOUT_S)
        for _ in range(20):  # connecting may time out on a busy machine; that is no matter here
            if (await self._fetch(client, self._get("/1k"))).startswith("200"):
                break
        slow = await self._fetch(client, self._get("/delay/15000/1k"))
        after = await self._fetch(client, self._get("/1k"))
        holding = asyncio.ensure_future(self._fetch(client, self._get("/stream/50x100/50")))
        await asyncio.sleep(0.2)
        waiting = await self._fetch(client, self._get("/1k"))
        held = await holding
        last = await self._fetch(client, self._get("/1k"))
        await self._close(client)
        return f"no answer: {slow}, then {after}; no connection: {waiting}, held {held}, then {last}"

    async def broken(self) -> str:
        """Answers cut short, no answers at all, garbage; each followed by a plain request."""
        client = self._build(limit=1)
        told = []
        for path in _BROKEN:
            outcome = await self._fetch(client, self._get(path))
            told.append(f"{path} {outcome}, then {await self._fetch(client, self._get('/1k'))}")
        await self._close(client)
        return "; ".join(told)

    async def idle(self) -> str:
        """Connections that the server closes while nobody uses them."""
        client = self._build(ca_file=self._settings.impatient_ca_file)
        requests = [Request(f"{self._settings.impatient}/1k")] * CONNECTIONS_AT_MOST
        first = await self._together(client, requests)
        await asyncio.sleep(1.5)
        second = await self._together(client, requests)
        await self._close(client)
        return f"{_counted(first)}, later {_counted(second)}"

    def _get(self, path: str) -> Request:
        return Request(f"{self._settings.base}{path}", keep=True)

    def _build(self, **changed: Any) -> Any:
        options: ClientOptions = replace(self._options, **{"limit": CONNECTIONS_AT_MOST, "keepalive": None, **changed})
        return self._adapter.build(options)

    async def _together(self, client: Any, requests: Sequence[Request]) -> list[str]:
        return list(await asyncio.gather(*(self._fetch(client, request) for request in requests)))

    async def _fetch(self, client: Any, request: Request) -> str:
        """The answer in a few words, or what was raised; a cancelled request stays cancelled."""
        try:
            async with asyncio.timeout(_LATE_S):
                if isinstance(self._adapter, AsyncAdapter):
                    answer = await self._adapter.fetch(client, replace(request, keep=True))
                else:
                    assert isinstance(self._adapter, SyncAdapter)
                    loop = asyncio.get_running_loop()
                    answer = await loop.run_in_executor(
                        self._threads, self._adapter.fetch, client, replace(request, keep=True)
                    )
        except Exception as error:
            return type(error).__name__
        return f"{answer.status} {answer.body_bytes} {hashlib.sha256(answer.body or b'').hexdigest()[:12]}"

    async def _close(self, client: Any) -> None:
        if isinstance(self._adapter, AsyncAdapter):
            await self._adapter.close(client)
        elif isinstance(self._adapter, SyncAdapter):
            self._adapter.close(client)


def _name(ended: "asyncio.Future[str]") -> str:
    """What a task that was not cancelled came to."""
    error = ended.exception()
    return ended.result() if error is None else type(error).__name__


def _counted(outcomes: Iterable[str]) -> str:
    """Each different outcome with its number, in an order of its own: which of many requests fails is chance."""
    return ", ".join(f"{number} x {outcome}" for outcome, number in sorted(Counter(outcomes).items()))


if __name__ == "__main__":
    sys.exit(main())
