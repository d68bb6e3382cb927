"""What ``clientprof attach`` costs a service: until it is ready, while it is attached, afterwards, and many times over.

    python benchmarks/attach_cost.py                          both clients on asyncio, 5 rounds of 3 x 5 s, about 5 minutes
    python benchmarks/attach_cost.py --client aiohttp --loop uvloop --rounds 8
    python benchmarks/attach_cost.py --only again --times 50
    python benchmarks/attach_cost.py --json

It needs Python 3.14 or newer, and wrk. A FastAPI service on uvicorn calls an upstream of 20 ms for each request, under wrk
with 64 connections. A round is the same time before, while and after somebody is attached, in one process: the figures are
medians over rounds of the ratios within a round, beside them the smallest and the largest. CPU is that of the service's
process, per request that wrk counted. ``again`` attaches and detaches in a row and looks at the memory; ``live`` is what
the view takes. Exit code 1 if a budget is not kept.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from clientprof.experiments.programs.attaching.attachment import Attachment
from clientprof.experiments.programs.measurement import Limits
from program_cost import (
    ROUTES,
    Load,
    cpu_s,
    serving_upstream,
    share_of_core,
    the_service,
    view_command,
    view_rows,
    watched,
    wrk,
)
from rows import Row, finish

CPU_BUDGET, RATE_BUDGET, AFTER_BUDGET, READY_BUDGET_S = 1.10, 0.90, 1.02, 1.0
# From one attachment to the next a process may keep what an allocator keeps.
_GROWTH_BUDGET_KB = 20.0
_SETTLED = 10


def _attachment(pid: int, detail: str) -> Attachment:
    return Attachment(
        pid, Limits(0.0, None, None, 50_000_000, False, detail, 1), lambda text: print(text, file=sys.stderr)
    )


def _load(pid: int, url: str, seconds: float) -> Load:
    before_s = cpu_s(pid)
    requests, per_second = wrk(url, seconds)
    return Load(1e6 * (cpu_s(pid) - before_s) / requests, per_second)


def _attached_load(pid: int, url: str, seconds: float, detail: str) -> tuple[Load, float]:
    """The load while attached, and how long it took under load until the instruments were ready."""
    background = subprocess.Popen(["wrk", "-t1", "-c64", "-d2s", url], stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    began = time.monotonic()
    with _attachment(pid, detail) as attachment:
        attachment.attach()
        ready_s = time.monotonic() - began
        background.wait()
        over = threading.Event()
        looking = threading.Thread(target=_thin, args=(attachment, over))
        looking.start()
        try:
            found = _load(pid, url, seconds)
        finally:
            over.set()
            looking.join()
        attachment.measurement.end("the load is over")
        attachment.detach()
    return found, ready_s


def _thin(attachment: Attachment, over: threading.Event) -> None:
    while not over.wait(1.0):
        attachment.measurement.thinner.look()


def load_rows(client: str, loop: str, detail: str, rounds: int, seconds: float) -> list[Row]:
    """Ratios of CPU per request and of requests per second, and how soon the instruments were ready."""
    found: list[tuple[Load, Load, Load]] = []
    ready: list[float] = []
    with serving_upstream() as upstream, the_service(upstream, loop, None) as (port, pid):
        url = f"http://127.0.0.1:{port}{ROUTES[client]}"
        wrk(url, 2.0)
        for _ in range(rounds):
            before = _load(pid, url, seconds)
            attached, ready_s = _attached_load(pid, url, seconds, detail)
            found.append((before, attached, _load(pid, url, seconds)))
            ready.append(ready_s)
            shown = [each.cpu_us / before.cpu_us for each in found[-1]]
            print(
                f"{client}, {loop}: CPU {shown[1]:.3f}x, after {shown[2]:.3f}x, ready {ready_s:.2f} s", file=sys.stderr
            )
    during = [2 * attached.cpu_us / (before.cpu_us + after.cpu_us) for before, attached, after in found]
    rate = [2 * attached.per_second / (before.per_second + after.per_second) for before, attached, after in found]
    afterwards = [after.cpu_us / before.cpu_us for before, _, after in found]
    base_us = statistics.median(before.cpu_us for before, _, _ in found)
    subject = f"{client}, {loop}"
    return [
        Row(subject, "until ready, under load", statistics.median(ready), "s", READY_BUDGET_S, _spread(ready)),
        Row(subject, "CPU per request, attached", statistics.median(during), "x", CPU_BUDGET,
            f"{_spread(during)} of {base_us:,.0f} µs"),
        Row(subject, "time per request, attached", 1 / statistics.median(rate), "x", round(1 / RATE_BUDGET, 3),
            _spread(rate)),
        Row(subject, "CPU per request, afterwards", statistics.median(afterwards), "x", AFTER_BUDGET, _spread(afterwards)),
    ]  # fmt: skip


def _spread(values: Sequence[float]) -> str:
    return f"{min(values):.3f} to {max(values):.3f}"


def again_rows(loop: str, times: int) -> list[Row]:
    """How much memory the service takes for each of many attachments, requests in between."""
    memory_kb: list[int] = []
    with serving_upstream() as upstream, the_service(upstream, loop, None) as (port, pid):
        url = f"http://127.0.0.1:{port}{ROUTES['httpx']}"
        wrk(url, 2.0)
        for number in range(times):
            with _attachment(pid, "auto") as attachment:
                attachment.attach()
                subprocess.run(["wrk", "-t1", "-c8", "-d1s", url], stdout=subprocess.DEVNULL, check=True)
                attachment.measurement.end("once more")
                attachment.detach()
            memory_kb.append(_memory_kb(pid))
            print(f"{loop}: attached {number + 1} times, {memory_kb[-1]:,} kB", file=sys.stderr)
    settled = memory_kb[min(_SETTLED, times) - 1 :]
    growth = (settled[-1] - settled[0]) / max(1, len(settled) - 1)
    spread = f"{settled[0]:,} to {settled[-1]:,} kB in {len(settled) - 1} times"
    return [Row(f"service, {loop}", "memory for each time", growth, "kB", _GROWTH_BUDGET_KB, spread)]


def live_rows(client: str, loop: str, seconds: float) -> list[Row]:
    """What ``attach --live`` and ``attach --serve`` take of a core more than ``attach``, while the service is under load."""
    with serving_upstream() as upstream, the_service(upstream, loop, None) as (port, pid):
        url = f"http://127.0.0.1:{port}{ROUTES[client]}"
        wrk(url, 2.0)

        def measured(view: str | None) -> tuple[float, float]:
            with tempfile.TemporaryDirectory() as out:
                command = [*view_command("attach", view), "--out", out, str(pid)]
                with watched(command) as process:
                    return share_of_core(process.pid, url, seconds)

        return view_rows(f"{client}, {loop}", measured)


def _memory_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", choices=ROUTES, action="append", help="may be repeated")
    parser.add_argument("--loop", choices=("asyncio", "uvloop"), default="asyncio")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--detail", choices=("auto", "always"), default="auto")
    parser.add_argument("--only", choices=("load", "again", "live"), action="append", help="may be repeated")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if not hasattr(sys, "remote_exec"):
        parser.error("only Python 3.14 and newer can be attached to")
    parts = options.only or ("load", "live", "again")
    rows: list[Row] = []
    if "load" in parts:
        for client in options.client or ROUTES:
            rows += load_rows(client, options.loop, options.detail, options.rounds, options.seconds)
    if "live" in parts:
        for client in options.client or ROUTES:
            rows += live_rows(client, options.loop, 2 * options.seconds)
    if "again" in parts:
        rows += again_rows(options.loop, options.times)
    return finish(
        rows, f"What clientprof attach costs a program, median of {options.rounds} rounds", as_json=options.json
    )


if __name__ == "__main__":
    sys.exit(main())
