"""The interpreters of this machine that are newer than a client's, and how much less CPU the newest takes."""

import subprocess
from collections.abc import Callable, Iterable

from clientprof.experiments.environments.interpreters import Interpreter, interpreters_here
from clientprof.experiments.suspects.suspect import NewerPython

_TIMEOUT_S = 20.0
_TIMES = 3
# What clients are made of: calls, attributes, dictionaries, bytes, exceptions, tasks that wait for each other.
_PROGRAM = """
import asyncio, time

class Held:
    def __init__(self, number):
        self.number, self.headers, self.idle = number, {}, True
    def is_idle(self):
        return self.idle
    def take(self, key, value):
        self.headers[key.lower()] = value
        return len(self.headers)

async def ask(held, done):
    for number in range(20):
        try:
            held.take(b"Name-%d" % (number % 5), b"value")
            if held.is_idle() and number == 19:
                raise LookupError(number)
        except LookupError as error:
            held.number += error.args[0]
    await asyncio.sleep(0)
    done.set()

async def main():
    for _ in range(40):
        pool = [Held(number) for number in range(50)]
        events = [asyncio.Event() for _ in pool]
        tasks = [asyncio.create_task(ask(held, event)) for held, event in zip(pool, events)]
        for event in events:
            await event.wait()
            sum(1 for held in pool if held.is_idle())
        await asyncio.gather(*tasks)

asyncio.run(main())
began = time.process_time_ns()
asyncio.run(main())
print(time.process_time_ns() - began)
"""


def newer_pythons(
    version: str,
    path: str,
    known: Callable[[], Iterable[Interpreter]] = interpreters_here,
    cpu_of: Callable[[str], int | None] | None = None,
) -> tuple[NewerPython, ...]:
    """Those of a newer minor version than ``version``, whose interpreter is at ``path``; the newest first, one of each.

    Only the first has a ratio: it is the one that will be tried first.
    """
    minor = _minor(version)
    found: dict[tuple[int, int], Interpreter] = {}
    for each in known():
        if each.implementation == "CPython" and not each.free_threaded and each.minor > minor:
            found[each.minor] = each  # the oldest first, so that the newest patch of a minor stays
    newest = sorted(found.values(), key=lambda each: each.minor, reverse=True)
    if not newest:
        return ()
    ratio = speed_ratio(path, newest[0].path, cpu_of or program_cpu_ns)
    return (
        NewerPython(newest[0].text, newest[0].path, ratio),
        *(NewerPython(each.text, each.path) for each in newest[1:]),
    )


def speed_ratio(here: str, there: str, cpu_of: Callable[[str], int | None]) -> float | None:
    """CPU of the fixed program there over here, each the least of three, in turn; None where one does not run it."""
    spent: dict[str, list[int]] = {here: [], there: []}
    for _ in range(_TIMES):
        for path in (here, there):
            cpu_ns = cpu_of(path)
            if cpu_ns is None:
                return None
            spent[path].append(cpu_ns)
    return min(spent[there]) / min(spent[here])


def program_cpu_ns(path: str) -> int | None:
    """CPU nanoseconds of the fixed program, warm, in that interpreter; None where it does not run it."""
    try:
        ran = subprocess.run(
            [path, "-I", "-c", _PROGRAM], capture_output=True, text=True, timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL
        )
        return int(ran.stdout) if ran.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def _minor(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)
