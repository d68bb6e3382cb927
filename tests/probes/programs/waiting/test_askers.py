"""Which tasks of a loop have made requests, and how few of those that ended are remembered."""

import asyncio

import pytest

from clientprof.probes.programs.waiting import askers as askers_module
from clientprof.probes.programs.waiting.askers import Askers


async def noted(askers: Askers) -> None:
    askers.note(asyncio.get_running_loop())
    await asyncio.sleep(0)


def test_a_task_that_asked_is_told_from_others_until_it_is_let_go() -> None:
    async def main() -> None:
        askers = Askers()
        asks, rests = asyncio.create_task(noted(askers)), asyncio.create_task(asyncio.sleep(0))
        await asyncio.gather(asks, rests)
        assert (askers.has(asks), askers.has(rests)) == (True, False)
        askers.keep([rests])
        assert not askers.has(asks)

    asyncio.run(main())


def test_tasks_that_nobody_looks_at_are_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(askers_module, "_MOST", 10)

    async def main() -> int:
        askers = Askers()
        for _ in range(95):
            await asyncio.create_task(noted(askers))
        return len(askers._tasks)

    assert asyncio.run(main()) <= 10
