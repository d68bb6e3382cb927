"""One direction of a link: when a piece of data that enters now leaves at the other end. No clock, no I/O.

Theory of operation. A piece first waits until the wire is free, then takes its own length on the wire (``bits_per_s``), then
travels for half a round trip. Jitter changes the travelling time of each piece, but within one flow none overtakes another.
A stall holds back whatever would leave during it until it ends.
"""

import random
from collections.abc import Hashable
from heapq import heappop, heappush
from typing import Generic, TypeVar

from clientprof.model.network import Network

# How much a router lets wait for its wire: a tenth of a second's worth, and some packets at least.
_QUEUE_S = 0.1
_LEAST_QUEUE_BYTES = 64 * 1024
MOST_BYTES = 128 * 1024 * 1024
"""What one direction holds at most, on its way or waiting; beyond it pieces are lost, or their senders must wait."""
_MOST_FLOWS = 20_000

Piece = TypeVar("Piece")


class DelayLine(Generic[Piece]):
    """Pieces in order of the time at which they leave. All times are nanoseconds of one clock, not before ``epoch_ns``."""

    def __init__(self, network: Network, *, seed: int, epoch_ns: int) -> None:
        self._delay_ns = int(network.rtt_ms * 1e6 / 2)
        self._jitter_ns = int(network.jitter_ms * 1e6 / 2)
        self._bits_per_s = network.bits_per_s
        self._stall_ns = (
            (0, 0) if network.stall is None else (int(network.stall.ms * 1e6), int(network.stall.every_s * 1e9))
        )
        self._epoch_ns = epoch_ns
        self._random = random.Random(seed)
        self._free_ns = 0
        self._last: dict[Hashable, int] = {}
        self._entered = 0
        self._queue: list[tuple[int, int, Piece, int]] = []
        self.held_bytes = 0

    def room(self, size: int, now_ns: int) -> bool:
        """Whether a piece of that size may enter now: the wire's queue and the memory have room for it."""
        if self.held_bytes + size > MOST_BYTES:
            return False
        if self._bits_per_s is None or self._free_ns <= now_ns:
            return True
        waiting = (self._free_ns - now_ns) * self._bits_per_s / 8e9
        return waiting + size <= max(_LEAST_QUEUE_BYTES, _QUEUE_S * self._bits_per_s / 8)

    def enter(self, piece: Piece, size: int, now_ns: int, flow: Hashable = None) -> int:
        """Take a piece in; the time at which it leaves."""
        due = now_ns
        if self._bits_per_s is not None:
            self._free_ns = due = max(now_ns, self._free_ns) + size * 8_000_000_000 // self._bits_per_s
        due += self._delay_ns
        if self._jitter_ns:
            due = max(due + self._random.randint(-self._jitter_ns, self._jitter_ns), self._last.get(flow, 0))
            if len(self._last) >= _MOST_FLOWS:
                self._last = {each: at for each, at in self._last.items() if at > now_ns}
            self._last[flow] = due
        period = self._stall_ns[1]
        if period:
            into = (due - self._epoch_ns) % period
            if into >= period - self._stall_ns[0]:
                due += period - into
        self._entered += 1
        heappush(self._queue, (due, self._entered, piece, size))
        self.held_bytes += size
        return due

    def next_ns(self) -> int | None:
        """When the next piece leaves; None where none is on its way."""
        return self._queue[0][0] if self._queue else None

    def leave(self, now_ns: int) -> tuple[int, Piece] | None:
        """The next piece whose time has come, with that time; None where there is none."""
        if not self._queue or self._queue[0][0] > now_ns:
            return None
        due, _, piece, size = heappop(self._queue)
        self.held_bytes -= size
        return due, piece


class Lateness:
    """How long after its time each piece was passed on: mean, 99th percentile to 20 us, maximum."""

    _BIN_NS, _BINS = 20_000, 5_000

    def __init__(self) -> None:
        self.count = self._sum_ns = self._max_ns = 0
        self._bins = [0] * (self._BINS + 1)

    def add(self, late_ns: int) -> None:
        self.count += 1
        self._sum_ns += late_ns
        if late_ns > self._max_ns:
            self._max_ns = late_ns
        place = late_ns // self._BIN_NS
        self._bins[place if place < self._BINS else self._BINS] += 1

    def microseconds(self) -> tuple[float, float, float]:
        """Mean, 99th percentile (the upper end of its bin) and maximum; zeros where nothing was passed on."""
        if not self.count:
            return 0.0, 0.0, 0.0
        within, place, wanted = self._bins[0], 0, self.count * 0.99
        while within < wanted:
            place += 1
            within += self._bins[place]
        p99 = min((place + 1) * self._BIN_NS, self._max_ns)
        return self._sum_ns / self.count / 1e3, p99 / 1e3, self._max_ns / 1e3
