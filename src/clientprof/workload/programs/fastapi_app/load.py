"""Our own load generator, in a process of its own: raw asyncio, keep-alive, a fixed number of requests in flight.

Started as ``python -m clientprof.workload.programs.fastapi_app.load``; reads ``LoadSettings`` as one JSON line and prints
the ``LoadOutcome``. A connection sends its next request as soon as it has the answer. When the time is up nothing more
is sent, but answers that are under way are waited for and their latencies counted, so that the slowest are not left out;
requests per second count what came within the time. Answers need a Content-Length.
"""

import asyncio
import gc
import json
import os
import re
import signal
import sys
from time import perf_counter_ns, process_time_ns

from clientprof.recording.dataclass_json import from_json, to_json
from clientprof.workload.programs.fastapi_app.load_settings import LoadOutcome, LoadSettings

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_MOST_RECONNECTS = 1000


class Load:
    """One load under way, and what it has seen."""

    def __init__(self, settings: LoadSettings) -> None:
        self.settings = settings
        self.errors: dict[str, int] = {}
        self.latencies_us: dict[int, int] = {}
        self.finished = 0
        self.left = settings.requests if settings.requests is not None else -1
        self.ends_ns = 0
        self.answered_ns = 0
        head = f"GET {settings.path} HTTP/1.1\r\nhost: 127.0.0.1:{settings.port}\r\naccept: */*\r\n\r\n"
        self.request = head.encode()
        self.reconnects = 0

    async def run(self) -> LoadOutcome:
        """Send until the end; returns what was seen."""
        started_ns, cpu_ns = perf_counter_ns(), process_time_ns()
        seconds = self.settings.seconds
        self.ends_ns = started_ns + (1 << 60 if seconds is None else int(seconds * 1e9))
        await asyncio.gather(*(self._connection() for _ in range(self.settings.concurrency)))
        until_ns = min(self.ends_ns, perf_counter_ns())
        latencies = sorted(self.latencies_us.items())
        return LoadOutcome(
            generator="clientprof",
            duration_ns=until_ns - started_ns,
            finished=self.finished,
            errors=self.errors,
            latency_us=tuple(value for value, _ in latencies),
            latency_count=tuple(count for _, count in latencies),
            cpu_ns=process_time_ns() - cpu_ns,
        )

    def may_send(self) -> bool:
        """Whether another request is due; counts it."""
        if perf_counter_ns() >= self.ends_ns or self.left == 0:
            return False
        self.left -= 1
        return True

    def failed(self, kind: str) -> None:
        self.errors[kind] = self.errors.get(kind, 0) + 1

    async def _connection(self) -> None:
        """One connection after another until the load ends."""
        loop = asyncio.get_running_loop()
        while perf_counter_ns() < self.ends_ns and self.left != 0 and self.reconnects < _MOST_RECONNECTS:
            try:
                _, exchanges = await loop.create_connection(
                    lambda: _Exchanges(self, loop), "127.0.0.1", self.settings.port
                )
            except OSError:
                self.failed("connect")
                self.reconnects += 1
                await asyncio.sleep(0.05)
                continue
            await exchanges.done
            self.reconnects += 1


class _Exchanges(asyncio.Protocol):
    """Request after request on one connection; ``done`` is set when it has closed."""

    def __init__(self, load: Load, loop: asyncio.AbstractEventLoop) -> None:
        self.done = loop.create_future()
        self._load = load
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._needed = -1
        self._ok = False
        self._sent_ns = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        # One look at the clock now and then is cheaper than a timer for every request.
        self._timer = self._loop.call_later(self._load.settings.timeout_s / 4, self._look)
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        load = self._load
        if not load.may_send():
            self._sent_ns = 0
            self._transport.close()
            return
        self._buffer, self._needed = b"", -1
        self._sent_ns = perf_counter_ns()
        self._transport.write(load.request)

    def data_received(self, data: bytes) -> None:
        if not self._sent_ns:
            return
        self._buffer = buffer = self._buffer + data if self._buffer else data
        if self._needed < 0:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(buffer, 0, end)
            if length is None:
                self._fail("no content-length")
                return
            self._needed = end + 4 + int(length[1])
            self._ok = buffer[9:10] == b"2"
        if len(buffer) < self._needed:
            return
        now, load = perf_counter_ns(), self._load
        if self._ok:
            latency_us = (now - self._sent_ns) // 1000
            load.latencies_us[latency_us] = load.latencies_us.get(latency_us, 0) + 1
            load.finished += now <= load.ends_ns
        else:
            load.failed("status")
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._sent_ns:
            self._load.failed("closed")
        if self._timer is not None:
            self._timer.cancel()
        if not self.done.done():
            self.done.set_result(None)

    def _look(self) -> None:
        timeout_s = self._load.settings.timeout_s
        if self._sent_ns and perf_counter_ns() - self._sent_ns > timeout_s * 1e9:
            self._fail("timeout")
        else:
            self._timer = self._loop.call_later(timeout_s / 4, self._look)

    def _fail(self, kind: str) -> None:
        assert self._transport is not None
        self._load.failed(kind)
        self._sent_ns = 0
        self._transport.abort()


def main() -> int:
    """Read the settings, send, print the outcome."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = from_json(LoadSettings, json.loads(sys.stdin.readline()))
    gc.disable()  # nothing here makes cycles, and a pause would look like the service's
    outcome = asyncio.run(Load(settings).run())
    print(json.dumps(to_json(outcome)), flush=True)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
