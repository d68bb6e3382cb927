"""What ``clientprof.watching()`` costs: CPU per request while a block is open, against none, and after it has closed; and
what ``pytest --clientprof`` adds to the wall time of a suite.

    python benchmarks/watching_cost.py                         httpx and aiohttp on asyncio and uvloop, requests in a thread
    python benchmarks/watching_cost.py --only pytest
    python benchmarks/watching_cost.py --client aiohttp --pairs 20
    python benchmarks/watching_cost.py --json

One process, one client, one loop; rounds of requests to a local server in a process of its own, with and without an open
block, in random order, after one round that is not counted. The figure is the median over pairs of the ratio of CPU per
request, beside it the smallest and the largest. Exit code 1 if a budget is not kept.
"""

import argparse
import asyncio
import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import clientprof
from clientprof.origin.process import OriginProcess
from rows import Row, finish

BUDGET = 1.10
_AT_ONCE = 64
SUBJECTS = ("aiohttp, asyncio", "aiohttp, uvloop", "httpx, asyncio", "httpx, uvloop", "requests, thread")


def measure(subject: str, pairs: int, requests: int, seed: int) -> tuple[list[float], list[float], float]:
    """Ratios of CPU per request with a block open, and with one closed just before, to none; and CPU of none, in us."""
    client, _, where = subject.partition(", ")
    with OriginProcess() as origin:
        url = f"{origin.ready.base_url}/1k"
        if client == "requests":
            return _of_threads(url, pairs, requests // 4, seed)
        runner: Any = asyncio.run
        if where == "uvloop":
            import uvloop

            runner = uvloop.run
        ratios: tuple[list[float], list[float], float] = runner(_of_loop(client, url, pairs, requests, seed))
        return ratios


async def _of_loop(
    client: str, url: str, pairs: int, requests: int, seed: int
) -> tuple[list[float], list[float], float]:
    async with contextlib.AsyncExitStack() as stack:
        get: Callable[[], Awaitable[Any]]
        if client == "httpx":
            import httpx

            plain = await stack.enter_async_context(httpx.AsyncClient())

            async def get() -> None:
                (await plain.get(url)).raise_for_status()

        else:
            import aiohttp

            session = await stack.enter_async_context(aiohttp.ClientSession())

            async def get() -> None:
                async with session.get(url, raise_for_status=True) as response:
                    await response.read()

        left = 0

        async def worker() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                await get()

        async def turn() -> None:
            nonlocal left
            left = requests
            await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))

        arms = _arms(random.Random(seed), pairs)
        await turn()
        found: dict[str, list[float]] = {"none": [], "open": [], "closed": []}
        for arm in arms:
            with clientprof.watching() if arm != "none" else contextlib.nullcontext():
                if arm == "open":
                    found[arm].append(await _cpu(turn, requests))
            if arm != "open":
                found[arm].append(await _cpu(turn, requests))
        return _ratios(found)


async def _cpu(turn: Callable[[], Awaitable[None]], requests: int) -> float:
    before_s = time.process_time()
    await turn()
    return 1e6 * (time.process_time() - before_s) / requests


def _of_threads(url: str, pairs: int, requests: int, seed: int) -> tuple[list[float], list[float], float]:
    import requests as library

    session = library.Session()

    def turn() -> float:
        before_s = time.process_time()
        for _ in range(requests):
            session.get(url).raise_for_status()
        return 1e6 * (time.process_time() - before_s) / requests

    turn()
    found: dict[str, list[float]] = {"none": [], "open": [], "closed": []}
    for arm in _arms(random.Random(seed), pairs):
        with clientprof.watching() if arm != "none" else contextlib.nullcontext():
            if arm == "open":
                found[arm].append(turn())
        if arm != "open":
            found[arm].append(turn())
    return _ratios(found)


def _arms(generator: random.Random, pairs: int) -> list[str]:
    arms = ["none", "open", "closed"]
    return [arm for _ in range(pairs) for arm in generator.sample(arms, 3)]


def _ratios(found: dict[str, list[float]]) -> tuple[list[float], list[float], float]:
    opened, closed = (
        [under / none for under, none in zip(found[arm], found["none"], strict=True)] for arm in ("open", "closed")
    )
    return opened, closed, statistics.median(found["none"])


def opening_rows() -> list[Row]:
    """Milliseconds: importing clientprof, the first block, each later one."""
    script = (
        "import asyncio, ssl, httpx, aiohttp, time\n"
        "def now(): return time.perf_counter()\n"
        "a = now()\nimport clientprof\nb = now()\n"
        "with clientprof.watching(): pass\nc = now()\n"
        "with clientprof.watching(): pass\nd = now()\n"
        "with clientprof.watching():\n e = now()\n with clientprof.watching(): pass\n f = now()\n"
        "print(*(1e3 * each for each in (b - a, c - b, d - c, f - e)))\n"
    )
    lines = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(7)
    ]
    names = ("import clientprof", "the first block", "a later block", "a block in a block")
    return [
        Row(name, "time", statistics.median(float(line[place]) for line in lines), "ms")
        for place, name in enumerate(names)
    ]


# 80 tests, each with a client of its own and 20 requests: a suite of some seconds.
_SUITE = """
import os, asyncio, aiohttp, httpx, pytest
URL = os.environ["URL"]

@pytest.mark.parametrize("number", range(40))
def test_httpx(number):
    with httpx.Client() as client:
        for _ in range(20):
            client.get(URL)

@pytest.mark.parametrize("number", range(40))
def test_aiohttp(number):
    async def main():
        async with aiohttp.ClientSession() as session:
            for _ in range(20):
                async with session.get(URL) as response:
                    await response.read()
    asyncio.run(main())
"""


def pytest_rows(pairs: int, seed: int) -> list[Row]:
    """The wall time of a whole pytest process with the option, as a ratio to one without."""
    generator, ratios, plain = random.Random(seed), [], []
    with OriginProcess() as origin, tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_suite.py").write_text(_SUITE)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "test_suite.py"]
        environment = {**os.environ, "URL": f"{origin.ready.base_url}/1k"}
        for pair in range(pairs + 1):
            walls: dict[str, float] = {}
            for option in generator.sample(["-q", "--clientprof"], 2):
                began = time.perf_counter()
                subprocess.run([*command, option], cwd=folder, env=environment, check=True, capture_output=True)
                walls[option] = time.perf_counter() - began
            if pair:  # the first one compiles what it imports
                ratios.append(walls["--clientprof"] / walls["-q"])
                plain.append(walls["-q"])
    spread = f"{min(ratios):.3f} to {max(ratios):.3f} of {statistics.median(plain):.1f} s"
    return [Row("pytest, 80 tests", "wall time of the suite", statistics.median(ratios), "x", 1.05, spread)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", choices=("aiohttp", "httpx", "requests"), action="append", help="may be repeated")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--requests", type=int, default=2000, help="in each round; a quarter of them by requests")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("block", "pytest"), help="one part")
    options = parser.parse_args(arguments)
    rows = [] if options.only == "block" else pytest_rows(options.pairs, options.seed)
    rows += [] if options.only == "pytest" else opening_rows()
    for subject in SUBJECTS if options.only != "pytest" else ():
        if options.client and subject.partition(", ")[0] not in options.client:
            continue
        opened, closed, cpu_us = measure(subject, options.pairs, options.requests, options.seed)
        spread = f"{min(opened):.3f} to {max(opened):.3f} of {cpu_us:,.0f} µs"
        rows.append(Row(subject, "CPU per request, open", statistics.median(opened), "x", BUDGET, spread))
        rows.append(Row(subject, "CPU per request, closed", statistics.median(closed), "x", 1.02))
    return finish(rows, f"What watching() costs, median of {options.pairs} pairs", as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
