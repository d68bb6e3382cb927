"""How true the imitated network is, and what it costs: --rtt against the same requests over the machine's own loopback.

    python benchmarks/link_emulator.py            # a table, about two minutes
    python benchmarks/link_emulator.py --json

Budgets: a request's delay is right within 5 % or 0.5 ms, whichever is more; the link's own process takes at most 10 % of the
origin's CPU per request. Method: 64 connections, each with a request every 50 ms on schedule (and, for the cost under load,
one after the other), in a process of its own on the other core where there are two; loopback and link in turn, in blocks of
random order. Delay is the difference between the
medians (and, for show, the 99th percentiles) of a request's time over the link and over loopback. Loopback only.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from clientprof.model.network import LinkMeans, Network
from clientprof.origin.options import Options
from clientprof.origin.process import OriginError, OriginProcess
from origin_cost import cpus, pinned
from rows import Row, finish

# Round trip in ms, and time between two requests of a connection in s.
LOADS = ((1.0, 0.05), (20.0, 0.05), (100.0, 0.05), (1.0, 0.0), (20.0, 0.0))
Arm = tuple[LinkMeans | None, float, float]
CONNECTIONS = 64
EVERY_S = 0.05
DELAY_SHARE, DELAY_MS, COST_SHARE = 0.05, 0.5, 0.10
_REQUEST = b"GET /1k HTTP/1.1\r\nHost: link\r\n\r\n"


class Drive:
    """One arm in one block: times of requests in ms, CPU of origin and link per request in us, the link's most memory."""

    def __init__(
        self, times_ms: list[float], connect_ms: list[float], origin_us: float, link_us: float, link_mb: float
    ) -> None:
        self.times_ms, self.connect_ms, self.origin_us = times_ms, connect_ms, origin_us
        self.link_us, self.link_mb = link_us, link_mb


async def drive(host: str, port: int, seconds: float, every_s: float) -> dict[str, list[float]]:
    """The load, from the process that runs in the link's network; a line says when the connections are open."""
    times: list[float] = []
    connects: list[float] = []
    opened: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    for _ in range(CONNECTIONS):
        began = time.perf_counter()
        opened.append(await asyncio.open_connection(host, port))
        connects.append((time.perf_counter() - began) * 1e3)
    print("open", flush=True)
    start = time.perf_counter() + 0.3

    async def one(number: int) -> None:
        reader, writer = opened[number]
        due = start + every_s * number / CONNECTIONS
        while due < start + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            began = time.perf_counter()
            writer.write(_REQUEST)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(1024)
            assert head.startswith(b"HTTP/1.1 200")
            times.append((time.perf_counter() - began) * 1e3)
            due = max(due + every_s, time.perf_counter())
        writer.close()

    await asyncio.gather(*map(one, range(CONNECTIONS)))
    return {"times": times, "connects": connects}


def measure_arm(network: Network, means: LinkMeans | None, seconds: float, every_s: float) -> Drive:
    client_cpu, server_cpu = cpus()
    with OriginProcess(Options(cpu=server_cpu), network=network, means=means) as origin:
        end = urlsplit(origin.ready.base_url)
        job = json.dumps({"host": end.hostname, "port": end.port, "seconds": seconds, "every_s": every_s})
        command = [*origin.ready.within, *pinned([sys.executable, __file__, "--drive", job], client_cpu)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as driver:
            assert driver.stdout is not None
            assert driver.stdout.readline() == "open\n"
            before, link_before = origin.journal(), None if origin.link is None else origin.link.account()
            told = json.loads(driver.stdout.readline())
        counted = origin.journal().since(before)
        link_ns = 0
        if origin.link is not None and link_before is not None:
            link_ns = origin.link.account().cpu_ns - link_before.cpu_ns
        each = 1_000 * counted.requests
        link = None if origin.link is None else origin.link.started
        link_mb = 0.0 if link is None else resident_most_mb(link.pid)
        return Drive(told["times"], told["connects"], counted.cpu_ns / each, link_ns / each, link_mb)


def resident_most_mb(pid: int) -> float:
    """The most resident memory that the process had (proc(5), VmHWM); 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def possible() -> list[LinkMeans]:
    """The means that this machine allows."""
    found = []
    for means in LinkMeans:
        try:
            with OriginProcess(network=Network(1.0), means=means):
                found.append(means)
        except OriginError as error:
            print(error, file=sys.stderr)
    return found


def measure(blocks: int = 3, seconds: float = 2.0, seed: int = 1) -> list[Row]:
    """All rows."""
    generator = random.Random(seed)
    linked = [(means, rtt, every_s) for means in possible() for rtt, every_s in LOADS]
    arms: list[Arm] = [(None, 0.0, EVERY_S), (None, 0.0, 0.0), *linked]
    runs: dict[Arm, list[Drive]] = {arm: [] for arm in arms}
    order = list(arms)
    for _ in range(blocks):
        generator.shuffle(order)
        for arm in order:
            runs[arm].append(measure_arm(Network(arm[1]), arm[0], seconds, arm[2]))
    rows: list[Row] = []
    for every_s, load in ((EVERY_S, "on schedule"), (0.0, "one after the other")):
        bare = runs[None, 0.0, every_s]
        origin_us = statistics.median(each.origin_us for each in bare)
        rows.append(Row("origin", f"CPU per request over loopback, {load}", origin_us, "us"))
        for arm in linked:
            if arm[2] == every_s:
                rows += _rows_of(arm, runs[arm], bare, origin_us, load)
    return rows


def _rows_of(arm: Arm, found: list[Drive], bare: list[Drive], origin_us: float, load: str) -> list[Row]:
    means, rtt, every_s = arm
    rows: list[Row] = []
    if every_s:
        budget = max(DELAY_SHARE * rtt, DELAY_MS)
        for what, share, bound in (("median", 0.5, budget), ("99th percentile", 0.99, None)):
            errors = [
                percentile(over.times_ms, share) - percentile(loopback.times_ms, share) - rtt
                for over, loopback in zip(found, bare, strict=True)
            ]
            spread = f"{min(errors):+.2f} to {max(errors):+.2f}"
            error = abs(statistics.median(errors))
            rows.append(Row(str(means), f"error of a request's delay, rtt {rtt:g}, {what}", error, "ms", bound, spread))
        connect = statistics.median(percentile(each.connect_ms, 0.5) for each in found)
        rows.append(Row(str(means), f"time to connect, rtt {rtt:g}, median", connect, "ms"))
    costs = [each.link_us for each in found]
    spread = f"{min(costs):.0f} to {max(costs):.0f}"
    cost = statistics.median(costs)
    what = f"CPU of the link per request, rtt {rtt:g}, {load}"
    rows.append(Row(str(means), what, cost, "us", COST_SHARE * origin_us, spread))
    rows.append(
        Row(str(means), f"the link's most memory, rtt {rtt:g}, {load}", max(each.link_mb for each in found), "MB")
    )
    ratio = statistics.median(each.origin_us for each in found) / origin_us
    what = f"origin's CPU per request over that without, rtt {rtt:g}, {load}"
    rows.append(Row(str(means), what, ratio, "x", 1 + COST_SHARE))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 if a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--drive", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.drive is not None:
        job = json.loads(options.drive)
        print(json.dumps(asyncio.run(drive(job["host"], job["port"], job["seconds"], job["every_s"]))))
        return 0
    rows = measure(options.blocks, options.seconds)
    return finish(rows, "the imitated network: a ratio of 1.0 or less keeps the budget", as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
