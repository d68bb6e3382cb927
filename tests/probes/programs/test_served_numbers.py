"""Requests that a framework serves: numbered one by one while detail is recorded, and told apart by their steps."""

import asyncio
from typing import Any

import pytest

from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.work_codes import MOST_ROUTES, request_in, route_in, work_code
from clientprof.workload.programs.routes import Routes
from watched_process import Watched


class Framework:
    """A server framework with one route."""

    path = "/items/{number}"

    async def handle(self, scope: dict[str, str], *, steps: int = 2) -> int:
        if steps < 0:
            raise LookupError("no such item")
        for _ in range(steps):
            await asyncio.sleep(0)
        return EXCHANGE.get(-1)


class Mounted:
    """Another framework, whose only route hands each request on."""

    path = "/mounted"

    def __init__(self, inner: Framework) -> None:
        self.inner = inner

    async def handle(self, scope: dict[str, str]) -> int:
        return await self.inner.handle(scope)


def serving(watched: Watched) -> Any:
    """The framework; its ``handle`` is wrapped as starlette's is, and that of the other one too."""
    routes = Routes(watched.exchanges, watched.patches, watched.failures)

    def describe(route: Any, scope: Any) -> tuple[str, str, str]:
        return str(scope["method"]), str(route.path), "starlette"

    for framework in (Framework, Mounted):
        watched.patches.set(framework, "handle", routes._during(framework.handle, describe))
    return Framework()


async def ask(framework: Any, **options: int) -> int:
    return int(await framework.handle({"method": "GET"}, **options))


@pytest.mark.parametrize(("route", "request_number"), [(0, 0), (3, 1), (MOST_ROUTES - 1, 1 << 40)])
def test_a_code_says_its_route_and_its_request(route: int, request_number: int) -> None:
    code = work_code(route, request_number)
    assert code < 0
    assert (route_in(code), request_in(code)) == (route, request_number)
    assert [(route_in(other), request_in(other)) for other in (-1, -5, 0, 7)] == [(-1, 0)] * 4


def test_each_request_has_a_number_and_a_row_and_all_of_its_steps(watched: Watched) -> None:
    framework = serving(watched)

    async def main() -> None:
        found = await asyncio.gather(*(asyncio.create_task(ask(framework)) for _ in range(3)))
        assert [(route_in(code), request_in(code)) for code in found] == [(0, 1), (0, 2), (0, 3)]

    watched.run(main())
    assert sorted(watched.rows("window", "served.number")) == [1, 2, 3]
    owners = watched.rows("window", "step.owner")
    # The first step of each task, in which the route was found, and the two after it.
    assert [sum(request_in(owner) == number for owner in owners) for number in (1, 2, 3)] == [3, 3, 3]
    queued, started = watched.rows("window", "served.queued_ns"), watched.rows("window", "step.started_ns")
    first = [started[[request_in(owner) for owner in owners].index(number)] for number in (1, 2, 3)]
    assert all(0 < since <= at for since, at in zip(queued, first, strict=True))
    assert not watched.failures.notes


def test_a_route_inside_of_a_route_serves_the_same_request(watched: Watched) -> None:
    mounted = Mounted(serving(watched))

    async def main() -> None:
        assert request_in(await asyncio.create_task(ask(mounted))) == 1
        assert request_in(await asyncio.create_task(ask(mounted))) == 2

    watched.run(main())
    assert sorted(watched.rows("window", "served.number")) == [1, 2]


def test_without_detail_only_the_route_is_known_and_nothing_is_written(watched: Watched) -> None:
    framework = serving(watched)

    async def main() -> None:
        await watched.switch(False)
        code = await asyncio.create_task(ask(framework))
        assert (route_in(code), request_in(code)) == (0, 0)

    watched.run(main())
    assert watched.rows("window", "served.number") == []


def test_a_request_that_lives_across_a_windows_edge_has_no_row(watched: Watched) -> None:
    framework = serving(watched)

    async def main() -> None:
        across = asyncio.create_task(ask(framework, steps=20))
        await asyncio.sleep(0)
        await watched.switch(False)
        await watched.switch(True)
        assert request_in(await across) == 1
        assert request_in(await asyncio.create_task(ask(framework))) == 2

    watched.run(main())
    assert watched.rows("window", "served.number") == [2]


def test_an_error_of_a_route_goes_through_unseen(watched: Watched) -> None:
    framework = serving(watched)

    async def main() -> None:
        with pytest.raises(LookupError, match="no such item") as caught:
            await ask(framework, steps=-1)
        frames = [entry.name for entry in caught.traceback]
        assert frames == ["main", "ask", "handle"]

    watched.run(main())
    assert watched.rows("window", "served.number") == [1]
