"""What one request costs the origin in CPU, beside nginx and beside the fastest client that it must not hold up.

    python benchmarks/origin_cost.py            # a table, about half a minute
    python benchmarks/origin_cost.py --json

Budget: the origin's CPU per request is at most 1/3 of the fastest client's (aiohttp, 512 GETs of 1 KiB at once).
Method: blocks in random order, every arm once per block, servers pinned to one CPU and clients to another where there
are two; CPU of a server is read from the kernel before and after the load; medians over blocks. Loopback only.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clientprof.origin.answers.bodies import body
from clientprof.origin.options import Options
from clientprof.origin.process import OriginError, OriginProcess

BUDGET = 1 / 3
SIZE_BYTES = 1024
AT_ONCE = 512
CONNECTIONS = 64  # of wrk
CONNECTION_LIMIT = 100  # aiohttp's default


@dataclass(frozen=True, slots=True)
class Load:
    """One load: the server's CPU per request, the load's rate, and the client's own CPU where it is of interest."""

    server_us: float
    requests_per_s: float
    client_us: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One arm over all blocks: medians, and the range of the server's cost, in microseconds of CPU per request."""

    server: str
    driver: str
    server_us: float
    server_low_us: float
    server_high_us: float
    requests_per_s: float
    client_us: float | None
    ratio_to_client: float | None


def process_cpu_ns(pid: int) -> int:
    """CPU time of all threads of a process, from the scheduler (nanoseconds), or from ticks where it keeps none."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)
    except (OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * (1_000_000_000 // os.sysconf("SC_CLK_TCK"))


def cpus() -> tuple[int | None, int | None]:
    """A CPU for the client and one for the server; None where there is only one, or no pinning."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    offered = sorted(os.sched_getaffinity(0))
    return (offered[0], offered[1]) if len(offered) > 1 else (None, None)


def pinned(command: list[str], cpu: int | None) -> list[str]:
    """The command, on one CPU where taskset is there to put it."""
    taskset = shutil.which("taskset")
    return command if cpu is None or taskset is None else [taskset, "-c", str(cpu), *command]


# -- drivers ---------------------------------------------------------------------------------------------------------


async def fetch_rounds(url: str, pid: int, at_once: int, rounds: int) -> Load:
    """aiohttp, ``at_once`` GETs per round after one round that opens the connections; ``pid`` is the server's."""
    import aiohttp

    expected = bytes(body(SIZE_BYTES))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTION_LIMIT)) as session:

        async def fetch() -> None:
            async with session.get(url) as response:
                text = await response.read()
                if len(text) != SIZE_BYTES or ("x-clientprof-ns" in response.headers and text != expected):
                    raise OriginError(f"{url} sent a wrong body of {len(text)} bytes")

        await asyncio.gather(*(fetch() for _ in range(at_once)))
        server_ns, cpu_ns, wall_ns = process_cpu_ns(pid), time.process_time_ns(), time.perf_counter_ns()
        for _ in range(rounds):
            await asyncio.gather(*(fetch() for _ in range(at_once)))
        wall_ns, cpu_ns = time.perf_counter_ns() - wall_ns, time.process_time_ns() - cpu_ns
        server_ns = process_cpu_ns(pid) - server_ns
    requests = at_once * rounds
    return Load(server_ns / 1_000 / requests, requests / (wall_ns / 1e9), cpu_ns / 1_000 / requests)


def drive_aiohttp(pid: int, url: str, at_once: int, rounds: int, cpu: int | None) -> Load:
    """Load by aiohttp in a fresh process."""
    job = json.dumps({"url": url, "pid": pid, "at_once": at_once, "rounds": rounds})
    run = subprocess.run(
        pinned([sys.executable, __file__, "--drive", job], cpu), capture_output=True, text=True, timeout=60
    )
    if run.returncode:
        raise OriginError(f"the aiohttp driver failed: {run.stderr.strip().splitlines()[-1:]}")
    return Load(**json.loads(run.stdout))


def drive_wrk(wrk: str, pid: int, url: str, seconds: int, cpu: int | None) -> Load:
    """Load by wrk over 64 kept connections; it counts time, not requests."""
    before_ns = process_cpu_ns(pid)
    command = pinned([wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", url], cpu)
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    cpu_ns = process_cpu_ns(pid) - before_ns
    words = run.stdout.split()
    if run.returncode or "Non-2xx" in words or "requests" not in words:
        raise OriginError(f"wrk failed: {run.stdout[-200:]}{run.stderr[-200:]}")
    requests = int(words[words.index("requests") - 1])
    return Load(cpu_ns / 1_000 / requests, requests / seconds, None)


# -- servers ---------------------------------------------------------------------------------------------------------

NGINX_CONFIG = """\
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on; open_file_cache max=16;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{ listen 127.0.0.1:{port} backlog=4096; root {folder}; }}
}}
"""


@contextmanager
def running_nginx(nginx: str, cpu: int | None) -> Iterator[tuple[int, str]]:
    """nginx in one process with a file of 1 KiB: its pid and the file's URL."""
    with tempfile.TemporaryDirectory(prefix="clientprof-nginx-") as folder:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        Path(folder, "1k").write_bytes(body(SIZE_BYTES))
        Path(folder).chmod(0o755)
        config = Path(folder, "nginx.conf")
        config.write_text(NGINX_CONFIG.format(folder=folder, port=port))
        command = pinned([nginx, "-p", folder, "-e", f"{folder}/error.log", "-c", str(config)], cpu)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, process)
            yield process.pid, f"http://127.0.0.1:{port}/1k"
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(100):
        if process.poll() is not None:
            raise OriginError(f"nginx ended with exit code {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise OriginError("nginx did not listen within 5 s")


# -- the measurement -------------------------------------------------------------------------------------------------


def measure(blocks: int, seconds: int, rounds: int, seed: int, notes: list[str]) -> list[Row]:
    """All arms, interleaved; ``notes`` gets what was left out and why."""
    client_cpu, server_cpu = cpus()
    wrk, nginx = shutil.which("wrk"), shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    driver = "wrk" if wrk else "aiohttp"
    if wrk is None:
        notes.append("wrk was not found: aiohttp drives all servers (apt-get install wrk)")
    if client_cpu is None:
        notes.append("one CPU or no pinning: server and client disturb each other")
    loads: dict[tuple[str, str], list[Load]] = {}
    with (
        OriginProcess(Options(cpu=server_cpu)) as fast,
        OriginProcess(Options(cpu=server_cpu, engine="standard")) as plain,
    ):
        servers = [
            (f"origin {origin.ready.engine.split()[0]}", origin.ready.pid, f"{origin.ready.base_url}/1k")
            for origin in (fast, plain)
        ]
        if fast.ready.engine == plain.ready.engine:
            servers.pop()
            notes.append("uvloop and httptools are not installed: only the standard engine was measured")
        notes += [
            f"{name}: {origin.ready.engine}" for (name, _, _), origin in zip(servers, (fast, plain), strict=False)
        ]
        with nginx_if_found(nginx, server_cpu, notes) as extra:
            arms = [(name, pid, url, driver) for name, pid, url in (*servers, *extra)]
            if wrk:
                arms += [(name, pid, url, f"aiohttp {AT_ONCE}") for name, pid, url in servers]
            shuffle = random.Random(seed)
            for _ in range(blocks):
                shuffle.shuffle(arms)
                for name, pid, url, how in arms:
                    if how == "wrk" and wrk:
                        load = drive_wrk(wrk, pid, url, seconds, client_cpu)
                    else:
                        load = drive_aiohttp(pid, url, AT_ONCE, rounds, client_cpu)
                    loads.setdefault((name, how), []).append(load)
    client_us = min(
        statistics.median(load.client_us for load in found if load.client_us is not None)
        for found in loads.values()
        if found[0].client_us is not None
    )
    return [_row(name, how, found, client_us) for (name, how), found in sorted(loads.items())]


@contextmanager
def nginx_if_found(nginx: str | None, cpu: int | None, notes: list[str]) -> Iterator[list[tuple[str, int, str]]]:
    """nginx as a list of one server, or an empty list and a note."""
    if nginx is None:
        notes.append("nginx was not found: skipped (apt-get install nginx-light)")
        yield []
        return
    with running_nginx(nginx, cpu) as (pid, url):
        yield [("nginx", pid, url)]


def _row(name: str, how: str, loads: list[Load], client_us: float) -> Row:
    server = [load.server_us for load in loads]
    own = [load.client_us for load in loads if load.client_us is not None]
    return Row(
        server=name,
        driver=how,
        server_us=statistics.median(server),
        server_low_us=min(server),
        server_high_us=max(server),
        requests_per_s=statistics.median(load.requests_per_s for load in loads),
        client_us=statistics.median(own) if own else None,
        ratio_to_client=statistics.median(server) / client_us,
    )


def show(rows: list[Row], notes: list[str]) -> None:
    """The table for people."""
    console = Console()
    table = Table(title=f"CPU per GET of 1 KiB, kept connections; ratio to aiohttp's, budget {BUDGET:.2f}")
    for heading in ("server", "driver", "µs", "range µs", "req/s", "client µs", "ratio"):
        text = heading in ("server", "driver")
        table.add_column(heading, justify="left" if text else "right", no_wrap=True)
    for row in rows:
        ratio = row.ratio_to_client or 0.0
        table.add_row(
            row.server,
            row.driver,
            f"{row.server_us:.1f}",
            f"{row.server_low_us:.1f}-{row.server_high_us:.1f}",
            f"{row.requests_per_s:,.0f}",
            "" if row.client_us is None else f"{row.client_us:.1f}",
            f"{ratio:.2f}{'' if ratio <= BUDGET else ' OVER'}",
        )
    console.print(table)
    for note in notes:
        console.print(note)


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 0 if the origin as installed keeps the budget, 1 if not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1, help="of wrk per arm and block")
    parser.add_argument("--rounds", type=int, default=8, help=f"of {AT_ONCE} requests by aiohttp per arm and block")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--drive", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.drive:
        print(json.dumps(asdict(asyncio.run(fetch_rounds(**json.loads(options.drive))))))
        return 0
    if not 1 <= options.blocks <= 50 or not 1 <= options.seconds <= 10 or not 1 <= options.rounds <= 100:
        parser.error("at most 50 blocks, 10 seconds and 100 rounds: this is a benchmark, not a load test")
    notes: list[str] = []
    try:
        rows = measure(options.blocks, options.seconds, options.rounds, options.seed, notes)
    except OriginError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        told = {"benchmark": "origin_cost", "budget": BUDGET, "blocks": options.blocks, "seed": options.seed}
        print(json.dumps({**told, "rows": [asdict(row) for row in rows], "notes": notes}, indent=1))
    else:
        show(rows, notes)
    return 0 if all((row.ratio_to_client or 0) <= BUDGET for row in rows if row.server.startswith("origin")) else 1


if __name__ == "__main__":
    sys.exit(main())
