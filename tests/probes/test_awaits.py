"""What a suspended task waits in: the chain of its awaits through every kind of thing that Python can await."""

import asyncio
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from typing import Any

import pytest

from clientprof.probes.awaits import ONE_IN, PLACES, AwaitProbe, await_chain
from clientprof.probes.failures import Failures
from clientprof.recording.recorder import Recorder
from failing_recorder import FailingRecorder
from stamped_run import as_exchange, run_stamped


async def wait() -> None:
    await asyncio.get_running_loop().create_future()


async def through_coroutine() -> None:
    await wait()


async def pieces() -> AsyncIterator[int]:
    yield 1
    await wait()
    yield 2


async def through_async_generator() -> None:
    async for _ in pieces():
        pass


async def through_anext() -> None:
    source = pieces()
    await anext(source)
    await anext(source, None)


async def through_asend() -> None:
    source: Any = pieces()
    await source.asend(None)
    await source.asend("a value, which is no generator")


@types.coroutine
def generator_based() -> Generator[Any, None, None]:
    yield from wait().__await__()


async def through_generator() -> None:
    await generator_based()


class Awaited:
    def __await__(self) -> Generator[Any, None, None]:
        return wait().__await__()


async def through_await_method() -> None:
    await Awaited()


async def through_closing() -> None:
    async def closed_late() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await wait()

    source: Any = closed_late()
    await source.asend(None)
    await source.aclose()


CHAINS: dict[Callable[[], Coroutine[Any, Any, None]], list[str]] = {
    wait: [],
    through_coroutine: ["wait"],
    through_async_generator: ["pieces", "wait"],
    through_anext: ["pieces", "wait"],
    through_asend: ["pieces", "wait"],
    through_generator: ["generator_based", "wait"],
    through_await_method: ["wait"],
    through_closing: ["closed_late", "wait"],
}


async def suspended(main: Callable[[], Coroutine[Any, Any, None]], kind: Callable[..., Any]) -> list[str]:
    """Names along the chain of a task of that kind, once it waits."""
    task = kind(main(), loop=asyncio.get_running_loop())
    for _ in range(3):
        await asyncio.sleep(0)
    names = [code.co_name for code in await_chain(task.get_coro())]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return names


@pytest.mark.parametrize("kind", [asyncio.Task, asyncio.tasks._PyTask])  # type: ignore[attr-defined]
@pytest.mark.parametrize("main", CHAINS, ids=lambda main: main.__name__)
def test_the_chain_leads_to_what_is_waited_in(
    main: Callable[[], Coroutine[Any, Any, None]], kind: Callable[..., Any]
) -> None:
    assert asyncio.run(suspended(main, kind)) == [main.__name__, *CHAINS[main]]


def test_what_has_ended_or_is_no_coroutine_has_no_chain() -> None:
    assert await_chain(None) == []
    assert await_chain(iter([1])) == []


class Watched:
    """A load of exchanges on a stamped loop, all of them watched, and what was noted, by exchange."""

    def __init__(self, *works: Callable[[], Awaitable[object]], recorder: Recorder | None = None) -> None:
        self.recorder = recorder or Recorder()
        self.failures = Failures()
        self.probe = AwaitProbe(self.recorder, 1, self.failures, one_in=1)
        self.results: list[object] = []

        async def main() -> None:
            self.probe.begin()
            tasks = [as_exchange(number, _awaiting(work)) for number, work in enumerate(works)]
            self.results += await asyncio.gather(*tasks)
            self.probe.end()

        run_stamped(main, self.recorder, self.failures, self.probe)
        self.probe.finish(first_code=10)

    def chains(self, exchange: int) -> list[list[str]]:
        """Names along each chain that was noted, outermost first, without the test's own task."""
        columns = self.recorder.columns()
        found = []
        for number, chain in zip(columns["await.exchange"], columns["await.chain"], strict=True):
            first, count = columns["chain.first"][chain], columns["chain.count"][chain]
            codes = [self.probe.codes[place - 10] for place in columns["link.code"][first : first + count]]
            if number == exchange:
                found.append([code.co_name for code in reversed(codes)][1:])
        return found


async def _awaiting(work: Callable[[], Awaitable[object]]) -> object:
    return await work()


async def nap() -> str:
    await asyncio.sleep(0.001)
    return "slept"


async def side_by_side() -> None:
    await asyncio.gather(nap(), through_sleep())


async def through_sleep() -> None:
    await nap()


def test_a_task_is_noted_at_each_of_its_steps_with_what_it_awaited_until_then() -> None:
    watched = Watched(nap, through_sleep)
    assert watched.results == ["slept", None]
    assert watched.chains(0) == [[], ["nap", "sleep"]]
    assert watched.chains(1) == [[], ["through_sleep", "nap", "sleep"]]


def test_each_task_of_an_exchange_has_a_chain_of_its_own() -> None:
    chains = Watched(side_by_side).chains(0)
    assert ["side_by_side"] in chains
    # The chains of the gathered tasks: the outermost coroutine, left out above, is their own.
    assert ["sleep"] in chains
    assert ["nap", "sleep"] in chains


def test_notes_begin_with_steps_of_their_exchange() -> None:
    columns = Watched(nap, nap).recorder.columns()
    steps = set(zip(columns["step.started_ns"], columns["step.owner"], strict=True))
    assert set(zip(columns["await.at_ns"], columns["await.exchange"], strict=True)) <= steps


def test_callbacks_that_are_no_task_s_are_not_noted() -> None:
    async def calls_back() -> None:
        done = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(done.set_result, None)
        await done

    assert Watched(calls_back).chains(0) == [[], ["calls_back"]]


@pytest.mark.parametrize("column", ["await.at_ns", "await.exchange", "await.chain"])
def test_a_probe_that_raises_is_removed_and_the_program_goes_on(column: str) -> None:
    watched = Watched(nap, nap, nap, recorder=FailingRecorder(column, rows=3))
    assert watched.results == ["slept"] * 3
    assert [note.partition(" at ")[0] for note in watched.failures.notes] == [
        "probe removed: chains of awaits: BrokenColumnError"
    ]
    assert {len(watched.recorder.columns()[f"await.{name}"]) for name in ("at_ns", "exchange", "chain")} == {3}
    watched.probe.begin()
    assert not any(watched.probe.watched)


def test_one_exchange_in_eight_is_watched_by_chance_and_nobody_never() -> None:
    first, second = AwaitProbe(Recorder(), 1), AwaitProbe(Recorder(), 2)
    for probe in (first, second):
        assert not any(probe.watched)
        probe.begin()
        drawn = [sum(probe.watched[place : place + ONE_IN]) for place in range(0, PLACES - ONE_IN, ONE_IN)]
        assert drawn == [1] * (PLACES // ONE_IN - 1)
        assert probe.watched[-1 & (PLACES - 1)] == 0
    assert first.watched != second.watched
    everyone = AwaitProbe(Recorder(), 1, one_in=1)
    everyone.begin()
    assert sum(everyone.watched) == PLACES - 1
