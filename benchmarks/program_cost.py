"""What ``clientprof run`` costs a program: CPU and requests per second of a service under load, a core while it idles, and
its start; and what its live view takes of a core.

    python benchmarks/program_cost.py                        both clients on asyncio, 6 pairs of 8 s, about 5 minutes
    python benchmarks/program_cost.py --client httpx --pairs 8 --loop uvloop
    python benchmarks/program_cost.py --detail always        without the duty cycle
    python benchmarks/program_cost.py --only live            clientprof's own process with --live and --serve, less without
    python benchmarks/program_cost.py --json

A FastAPI service on uvicorn calls an upstream of 20 ms for each request, under wrk with 64 connections. A pair is the
service without and with ``clientprof run``, in random order, each in fresh processes. The figure is the median over pairs
of the ratio; beside it the smallest and the largest. CPU is that of the service's own process, per request that wrk
counted. Exit code 1 if a budget is not kept.
"""

import argparse
import contextlib
import os
import pty
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rows import Row, finish

PROGRAMS = Path(__file__).resolve().parents[1] / "tests" / "programs"
ROUTES = {"aiohttp": "/aiohttp", "httpx": "/httpx/1"}
CPU_BUDGET = {"aiohttp": 1.10, "httpx": 1.05}
RATE_BUDGET = {"aiohttp": 0.90, "httpx": 0.95}
_IDLE_S = 8.0
_STARTS = 7
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
# Answers every request on a connection after 20 ms, whatever it asks for.
_UPSTREAM = """
import asyncio, sys
ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: 100\\r\\n\\r\\n" + b"x" * 100
class Upstream(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
    def data_received(self, data):
        asyncio.get_running_loop().call_later(0.02, self.answer)
    def answer(self):
        if not self.transport.is_closing():
            self.transport.write(ANSWER)
async def main():
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What one load came to: CPU microseconds per request, and requests per second."""

    cpu_us: float
    per_second: float


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(1000):
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise RuntimeError("a server did not start")
        time.sleep(0.02)
    raise RuntimeError("a server did not start in time")


@contextmanager
def _started(command: Sequence[str], port: int, upstream: int) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(
        command, cwd=PROGRAMS, env={**os.environ, "UPSTREAM": f"http://127.0.0.1:{upstream}/"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await(port, process)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def serving_upstream() -> Iterator[int]:
    port = _free_port()
    with _started([sys.executable, "-c", _UPSTREAM, str(port)], port, port):
        yield port


@contextmanager
def the_service(upstream: int, loop: str, detail: str | None) -> Iterator[tuple[int, int]]:
    """The service's port and the number of its process; ``detail`` None runs it by itself."""
    port = _free_port()
    words = _service_words(port, loop)
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, *words]
        if detail is not None:
            run = [sys.executable, "-m", "clientprof", "run", "--quiet", "--out", out, "--detail", detail]
            command = [*run, "--python", sys.executable, *words]
        with _started(command, port, upstream) as process:
            yield port, process.pid if detail is None else _child_of(process.pid)


def _service_words(port: int, loop: str) -> list[str]:
    return ["-m", "uvicorn", "service:app", "--port", str(port), "--loop", loop, "--log-level", "warning"]


def _child_of(pid: int) -> int:
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                return int(entry.parent.name)
        except (OSError, ValueError):
            continue
    raise RuntimeError("the program's process is not there")


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def measure_load(upstream: int, client: str, loop: str, detail: str | None, seconds: float) -> Load:
    """One service under load."""
    with the_service(upstream, loop, detail) as (port, pid):
        url = f"http://127.0.0.1:{port}{ROUTES[client]}"
        wrk(url, 1.0)
        before_s = cpu_s(pid)
        requests, per_second = wrk(url, seconds)
        return Load(1e6 * (cpu_s(pid) - before_s) / requests, per_second)


def wrk(url: str, seconds: float) -> tuple[int, float]:
    command = ["wrk", "-t1", "-c64", f"-d{max(1, round(seconds))}s", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text:
        raise RuntimeError(f"the service failed:\n{text}")
    requests, rate = re.search(r"(\d+) requests in", text), re.search(r"Requests/sec:\s+([\d.]+)", text)
    if requests is None or rate is None:
        raise RuntimeError(f"wrk said:\n{text}")
    return int(requests[1]), float(rate[1])


def load_rows(client: str, loop: str, detail: str, pairs: int, seconds: float, seed: int) -> list[Row]:
    """CPU per request and requests per second with ``clientprof run``, as ratios to the service by itself."""
    generator = random.Random(seed)
    ratios: list[tuple[float, float]] = []
    plain: list[Load] = []
    with serving_upstream() as upstream:
        for _ in range(pairs):
            found: dict[str | None, Load] = {}
            for arm in generator.sample([None, detail], 2):
                found[arm] = measure_load(upstream, client, loop, arm, seconds)
            without, under = found[None], found[detail]
            plain.append(without)
            ratios.append((under.cpu_us / without.cpu_us, under.per_second / without.per_second))
            print(f"{client}: CPU {ratios[-1][0]:.3f}x, requests {ratios[-1][1]:.3f}x", file=sys.stderr)
    cpu, rate = ([pair[place] for pair in ratios] for place in (0, 1))
    base_us, base = (
        statistics.median(each.cpu_us for each in plain),
        statistics.median(each.per_second for each in plain),
    )
    subject = f"{client}, {loop}"
    return [
        Row(
            subject, "CPU per request", statistics.median(cpu), "x", CPU_BUDGET[client],
            f"{min(cpu):.3f} to {max(cpu):.3f} of {base_us:,.0f} µs",
        ),
        Row(
            subject, "time per request under load", 1 / statistics.median(rate), "x", round(1 / RATE_BUDGET[client], 3),
            f"{min(rate):.3f} to {max(rate):.3f} of {base:,.0f} req/s",
        ),
    ]  # fmt: skip


def idle_rows(loop: str, detail: str) -> list[Row]:
    """The share of a core that the service takes while nobody calls it, less its own; it was called once."""
    shares: dict[str | None, float] = {}
    with serving_upstream() as upstream:
        for arm in (None, detail):
            with the_service(upstream, loop, arm) as (port, pid):
                urllib.request.urlopen(f"http://127.0.0.1:{port}{ROUTES['aiohttp']}").read()
                time.sleep(1.0)
                before_s = cpu_s(pid)
                time.sleep(_IDLE_S)
                shares[arm] = 100 * (cpu_s(pid) - before_s) / _IDLE_S
    return [Row(f"service, {loop}", "of a core while it idles", shares[detail] - (shares[None] or 0.0), "%", 0.3)]


def start_rows() -> list[Row]:
    """What starting takes longer: a program that imports nothing of its own."""
    added: list[float] = []
    with tempfile.TemporaryDirectory() as out:
        program = Path(out, "program.py")
        program.write_text(
            "import asyncio, aiohttp\nimport sys, time\nprint(time.clock_gettime(time.CLOCK_MONOTONIC))\n"
        )
        run = [sys.executable, "-m", "clientprof", "run", "--quiet", "--out", out, "--python", sys.executable]
        for _ in range(_STARTS):
            plain, under = _until_it_runs([sys.executable, str(program)]), _until_it_runs([*run, str(program)])
            added.append(1000 * (under - plain))
    spread = f"{min(added):.0f} to {max(added):.0f}"
    return [Row("program", "start, with clientprof's own", statistics.median(added), "ms", 150.0, spread)]


def live_rows(client: str, loop: str, detail: str, seconds: float) -> list[Row]:
    """What ``run --live`` and ``run --serve`` take of a core more than ``run``, while the service is under load."""

    def measured(upstream: int, view: str | None) -> tuple[float, float]:
        port = _free_port()
        with tempfile.TemporaryDirectory() as out:
            command = [
                *view_command("run", view), "--out", out, "--detail", detail, "--python", sys.executable,
                *_service_words(port, loop),
            ]  # fmt: skip
            environment = {**os.environ, "UPSTREAM": f"http://127.0.0.1:{upstream}/"}
            with watched(command, cwd=PROGRAMS, env=environment) as process:
                _await(port, process)
                return share_of_core(process.pid, f"http://127.0.0.1:{port}{ROUTES[client]}", seconds)

    with serving_upstream() as upstream:
        return view_rows(f"{client}, {loop}", lambda view: measured(upstream, view))


VIEWS = ("--live", "--serve")


def view_rows(subject: str, measured: Callable[[str | None], tuple[float, float]]) -> list[Row]:
    """Rows of a command's views; ``measured`` gives what ``share_of_core`` does."""
    plain, plain_rate = measured(None)
    rows = []
    for view in VIEWS:
        share, rate = measured(view)
        spread = f"at {rate:,.0f} req/s; without it {plain:.2f} % at {plain_rate:,.0f}"
        rows.append(Row(subject, f"{view}, of a core", share - plain, "%", 1.0, spread))
    return rows


def view_command(command: str, view: str | None) -> list[str]:
    return [sys.executable, "-m", "clientprof", command, "--quiet", *([view] if view else [])]


@contextmanager
def watched(command: Sequence[str], **how: Any) -> "Iterator[subprocess.Popen[bytes]]":
    """The command with a terminal for its standard error, which is read as a person would; of a page, its events are."""
    terminal, its_end = pty.openpty()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=its_end, **how)
    os.close(its_end)
    reading = threading.Thread(target=_read_terminal, args=(terminal,))
    reading.start()
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        reading.join()
        os.close(terminal)


def _read_terminal(terminal: int) -> None:
    said, page = b"", None
    with contextlib.suppress(OSError):  # what a terminal says at its end
        while True:
            said = (said + os.read(terminal, 1 << 16))[-(1 << 16) :]
            found = re.search(rb"view is at (http://127\.0\.0\.1:\d+/\S+/)", said)
            if page is None and found is not None:
                page = threading.Thread(target=_read_events, args=(found[1].decode(),), daemon=True)
                page.start()


def _read_events(address: str) -> None:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}events") as stream:
        for _ in stream:
            pass


def share_of_core(pid: int, url: str, seconds: float) -> tuple[float, float]:
    """What the process takes of a core while the address is under load, in per cent; and requests per second."""
    wrk(url, 2.0)
    before_s, began = cpu_of_threads_s(pid), time.monotonic()
    _, per_second = wrk(url, seconds)
    return 100 * (cpu_of_threads_s(pid) - before_s) / (time.monotonic() - began), per_second


def cpu_of_threads_s(pid: int) -> float:
    """As ``cpu_s``, to the nanosecond; of the threads that there are."""
    return sum(int(each.read_text().split()[0]) for each in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def _until_it_runs(command: Sequence[str]) -> float:
    began = time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[0]) - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", choices=ROUTES, action="append", help="may be repeated")
    parser.add_argument("--loop", choices=("asyncio", "uvloop"), default="asyncio")
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--detail", choices=("auto", "always"), default="auto")
    parser.add_argument("--only", choices=("load", "idle", "start", "live"), action="append", help="may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    parts = options.only or ("load", "idle", "start", "live")
    rows: list[Row] = []
    if "load" in parts:
        for client in options.client or ROUTES:
            rows += load_rows(client, options.loop, options.detail, options.pairs, options.seconds, options.seed)
    if "idle" in parts:
        rows += idle_rows(options.loop, options.detail)
    if "start" in parts:
        rows += start_rows()
    if "live" in parts:
        for client in options.client or ROUTES:
            rows += live_rows(client, options.loop, options.detail, 2 * options.seconds)
    return finish(rows, f"What clientprof run costs a program, median of {options.pairs} pairs", as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
