"""What a process costs as it grows older: one row per slice of time, and exact counts of what ended in it. Never
thinned."""

import gc
import os
from time import process_time_ns
from typing import Any

from clientprof.model.programs.lane import OTHER_LOOP, SLICE_NS
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.lanes import Lane, LaneBook
from clientprof.probes.programs.measured_from import measured_from_ns
from clientprof.probes.programs.seam_stamps import SeamStamps

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_UPTIME = (
    "at_ns", "cpu_ns", "memory_bytes", "in_flight", "exchanges", "connections", "closings", "handshakes", "lookups",
    "collections",
)  # fmt: skip
_SLICE = (
    "started_ns", "site", "peer", "client", "route", "ended", "failed", "wall_ns", "bucket_first", "bucket_count"
)  # fmt: skip


class Uptime:
    """Writes ``uptime.*`` of the process, ``slice.*`` and ``bucket.*`` of each lane."""

    def __init__(self, book: LaneBook, exchanges: Exchanges, stamps: SeamStamps) -> None:
        self._book = book
        self._exchanges = exchanges
        self._stamps = stamps
        self._rows = book.threads.group("uptime", _UPTIME, kept=True)
        self._slices: dict[int, Any] = {}
        self._buckets: dict[int, Any] = {}
        self._written: dict[int, int] = {}
        self._from_ns = 0

    def start(self, now_ns: int) -> None:
        self._from_ns = now_ns
        self._exchanges.until_ns = now_ns + SLICE_NS
        self._row(now_ns)

    def forget(self) -> None:
        """This is another process: its rows begin anew."""
        self._written.clear()

    def tick(self, now_ns: int) -> None:
        """Close the slice if its time is over."""
        if now_ns >= self._exchanges.until_ns:
            self.close(now_ns)

    def close(self, now_ns: int) -> None:
        """Write what there is of the slice under way."""
        started_ns, self._from_ns = self._from_ns, now_ns
        self._exchanges.until_ns = now_ns + SLICE_NS
        lanes = {lane.number: lane for lane in self._book.lanes}
        for (number, site, peer, client, route), (
            ended,
            failed,
            wall_ns,
            buckets,
            _what,
        ) in self._exchanges.take_counts().items():
            slices, bucket_rows = self._groups(lanes[number])
            first = self._written.get(number, 0)
            for bucket, count in sorted(buckets.items()):
                bucket_rows.add((bucket, count))
            self._written[number] = first + len(buckets)
            slices.add((started_ns, site, peer, client, route, ended, failed, wall_ns, first, len(buckets)))
        self._exchanges.tell_long(started_ns)
        self._close_tallies(started_ns, now_ns)
        self._row(now_ns)
        # Of a program whose threads make no calls, nobody else would write this lane.
        self._book.threads.flush(now_ns)

    def _close_tallies(self, started_ns: int, now_ns: int) -> None:
        from_ns = measured_from_ns(self._book.folder)
        for lane in self._book.lanes:
            lane.flush(now_ns)
            lane.close_tally(first=started_ns <= from_ns <= now_ns)

    def _groups(self, lane: Lane) -> tuple[Any, Any]:
        if lane.number not in self._slices:
            self._slices[lane.number] = lane.group("slice", _SLICE, kept=True)
            self._buckets[lane.number] = lane.group("bucket", ("number", "count"), kept=True)
        return self._slices[lane.number], self._buckets[lane.number]

    def _row(self, now_ns: int) -> None:
        exchanges, stamps = self._exchanges, self._stamps
        collections = gc.get_stats()
        # What part of the process does not count is not known of the whole.
        greenlets = any(lane.kind == "greenlets" for lane in self._book.lanes)
        unseen = greenlets or any(lane.loop.startswith(OTHER_LOOP) for lane in self._book.lanes)
        uncounted = unseen or stamps.unseen_sockets
        self._rows.add(
            (
                now_ns, process_time_ns(), _memory_bytes(), exchanges.in_flight, exchanges.ended,
                -1 if uncounted else stamps.opened, -1 if uncounted else stamps.closings,
                -1 if greenlets else stamps.handshakes, -1 if unseen else stamps.lookups,
                int(collections[-1]["collections"]),
            )
        )  # fmt: skip


def _memory_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return -1
