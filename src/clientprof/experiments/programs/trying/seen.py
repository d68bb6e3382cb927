"""What the processes of one run of a program have told, and whether a suspect's change has taken effect in them."""

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clientprof.experiments.programs.trying.asked import Asked
from clientprof.recording.trial_counts import SUFFIX, TrialCounts, read_counts
from clientprof.workload.programs.trying.start import LINES

_OVER_AIOHTTP = "httpx_aiohttp."


@dataclass(frozen=True, slots=True)
class Seen:
    """One run. ``counts`` has one row a process that made requests; ``lines`` what all processes said."""

    counts: tuple[TrialCounts, ...]
    lines: tuple[Mapping[str, Any], ...]

    @property
    def requests(self) -> int:
        """Requests that ended."""
        return sum(each.ended for each in self.counts)

    @property
    def failed(self) -> int:
        return sum(each.failed for each in self.counts)

    @property
    def http2(self) -> int:
        """Requests that were answered over HTTP/2."""
        return sum(each.http2 for each in self.counts)

    @property
    def cpu_ns(self) -> int:
        """CPU of the processes that made requests, each from the start of its first to the end of its last."""
        return sum(each.last_cpu_ns - each.first_cpu_ns for each in self.counts)

    @property
    def wall_ns(self) -> int:
        """From the start of the first request to the end of the last."""
        if not self.counts:
            return 0
        return max(each.last_ns for each in self.counts) - min(each.first_ns for each in self.counts)

    def said(self, key: str) -> list[Any]:
        """What was said under that key, each once."""
        found: list[Any] = []
        for line in self.lines:
            if key in line and line[key] not in found:
                found.append(line[key])
        return found


def read_seen(folder: Path) -> Seen:
    """What the processes have written into the folder by now."""
    counts = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            found = read_counts(path)
        except (OSError, struct.error):
            continue
        if found.ended:
            counts.append(found)
    lines = [line for path in sorted(folder.glob(f"*{LINES}")) for line in _lines(path)]
    return Seen(tuple(counts), tuple(lines))


def _lines(path: Path) -> Iterable[Mapping[str, Any]]:
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            yield json.loads(text)
        except ValueError:
            continue  # the process was ended while it wrote


def why_not_here(asked: Asked, unchanged: Seen) -> str | None:
    """Why the suspect cannot be tried in this program, from its run without any change; None where it can."""
    called = unchanged.said("client")
    if asked.clients and not set(asked.clients) & set(called):
        of_threads = [client for client in asked.clients if f"{client}-sync" in called]
        if of_threads:
            name = of_threads[0]
            return f"the program calls {name} by its blocking Client; the change is one of {name}.AsyncClient"
        wanted = [client for client in asked.clients if not client.endswith("-sync")]
        return f"the program made no request by {' or '.join(wanted)}; it calls {_listed(called)}"
    if asked.packages == ("sniffio",) and _installed("sniffio", unchanged):
        return "sniffio is installed already"
    return None


def why_without_effect(asked: Asked, seen: Seen) -> str | None:
    """Why the change did nothing in a run that had it; None where it took effect."""
    refused = [line["why"] for line in seen.lines if line.get("refused") == asked.name]
    applied = asked.name in seen.said("applied")
    if refused and not applied:
        return str(refused[0])
    if asked.orders and not applied:
        waited = " or ".join(sorted({order.after for order in asked.orders if order.after}))
        return f"the program does not import {waited}"
    clients = [line for line in seen.lines if line.get("client") in asked.clients]
    # The transport of httpx-aiohttp does not tell its limit: aiohttp's connector below it has it.
    if asked.limit is not None and not any(
        line["settings"].get("limit") == asked.limit or line["transport"].startswith(_OVER_AIOHTTP) for line in clients
    ):
        return f"its clients send by a transport of the program's own: {_listed(line['transport'] for line in clients)}"
    if asked.id == "http2" and not seen.http2:
        return (
            f"none of {seen.requests:,} requests was answered over HTTP/2: the servers do not offer it, or are asked "
            "without TLS, by which it is agreed on"
        )
    if asked.packages == ("httpx-aiohttp",):
        others = [line["transport"] for line in clients if not line["transport"].startswith(_OVER_AIOHTTP)]
        if len(others) == len(clients):
            return f"its clients send by a transport of the program's own: {_listed(others)}"
    if asked.packages == ("uvloop",):
        loops = [loop for loop in seen.said("loop") if loop]
        if not any(loop.startswith("uvloop.") for loop in loops):
            return (
                f"the program chooses its event loop itself: {_listed(loops)}" if loops else "it runs no asyncio loop"
            )
    return None


def _installed(package: str, seen: Seen) -> bool:
    return any(Path(folder, package).is_dir() for path in seen.said("path") for folder in path if folder)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names)) or "no client that is known here"
