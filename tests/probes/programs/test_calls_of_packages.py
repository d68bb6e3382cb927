"""A task that is nothing but a package's call belongs to the line of the program that made it, through the package, for as
long as it lives; where the program made none, the package's own line is told."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import Sites

_SDK = """
async def asks(look, times=1):
    found = []
    for _ in range(times):
        await sleep(0)
        found.append(look())
    return found[-1]

async def gathers(make, look):
    return await make(asks(look))

class Slotted:
    __slots__ = ("_coroutine",)

    def __init__(self, coroutine):
        self._coroutine = coroutine

    def send(self, value):
        return self._coroutine.send(value)

    def throw(self, *error):
        return self._coroutine.throw(*error)

    def close(self):
        self._coroutine.close()

    def __await__(self):
        return self._coroutine.__await__()
"""


class Looking:
    """``Sites`` of a program with a package ``sdk``, whose tasks are made by ``make``."""

    def __init__(self, package: str = "sdk") -> None:
        self.names = Names()
        self.sites = Sites(self.names, ())
        names: dict[str, Any] = {"sleep": asyncio.sleep, "__name__": package}
        exec(compile(_SDK, f"/env/site-packages/{package}/calls.py", "exec"), names)
        self.asks: Callable[..., Coroutine[Any, Any, Any]] = names["asks"]
        self.gathers: Callable[..., Coroutine[Any, Any, Any]] = names["gathers"]
        # As aiohttp's calls are: nobody can refer to it weakly.
        self.slotted: Any = Coroutine.register(names["Slotted"])

    def make(self, coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        self.sites.task_made(coroutine, sys._getframe(1))
        return asyncio.get_running_loop().create_task(coroutine)

    def look(self) -> tuple[str, int, tuple[str, ...]]:
        """Function, line and packages of the call site, as the package's code asks for it."""
        number = self.sites.of(sys._getframe(1))
        row = self.names.keys("site")[number]
        return row[2].rpartition(".")[2], row[1], row[-1]


def line() -> int:
    return sys._getframe(1).f_lineno


@pytest.mark.parametrize("times", [1, 3])
def test_a_task_of_a_package_has_the_line_that_made_it(times: int) -> None:
    looking = Looking()

    async def program() -> list[object]:
        return [await looking.make(looking.asks(looking.look, times)), ("program", line(), ("sdk",))]

    found, expected = asyncio.run(program())
    assert found == expected


def test_a_task_that_the_package_makes_in_its_own_has_the_programs_line_too() -> None:
    looking = Looking()

    async def program() -> list[object]:
        return [await looking.make(looking.gathers(looking.make, looking.look)), ("program", line(), ("sdk",))]

    found, expected = asyncio.run(program())
    assert found == expected


def test_a_task_that_nobody_of_the_program_made_has_the_packages_line() -> None:
    looking = Looking()

    async def main() -> object:
        return await asyncio.get_running_loop().create_task(looking.asks(looking.look))

    assert asyncio.run(main()) == ("asks", 6, ("sdk",))


def test_a_servers_task_is_no_call() -> None:
    """It calls the program."""
    looking = Looking("uvicorn")

    async def main() -> None:
        await looking.make(looking.asks(lambda: None))

    asyncio.run(main())
    assert not looking.names.keys("site")


def test_a_clients_own_coroutine_that_is_not_known_any_more_costs_no_request() -> None:
    """Of more than ten thousand tasks that have not begun, the first are forgotten."""
    looking = Looking()

    async def main() -> tuple[str, int, tuple[str, ...]]:
        waits = looking.make(looking.asks(lambda: None, 3))
        found: tuple[str, int, tuple[str, ...]] = await asyncio.get_running_loop().create_task(
            looking.slotted(looking.asks(looking.look))
        )
        await waits
        return found

    function, _, through = asyncio.run(main())
    assert (function, through) == ("send", ("sdk",))
