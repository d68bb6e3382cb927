"""A loop that switches between detail and none: what is counted, what is written, and what is left on it."""

import asyncio
from asyncio import events
from typing import Any

import pytest

from clientprof.probes.programs.loops import program_loop
from watched_process import Watched


def test_every_exchange_is_counted_once_and_written_only_where_it_lived_in_one_window(watched: Watched) -> None:
    async def main() -> None:
        for _ in range(3):
            await watched.exchange()
        across = asyncio.ensure_future(_held(watched, release := asyncio.Event()))
        await asyncio.sleep(0)
        await watched.switch(False)
        for _ in range(5):
            await watched.exchange()
        release.set()
        await across
        back = asyncio.ensure_future(_held(watched, again := asyncio.Event()))
        await asyncio.sleep(0)
        await watched.switch(True)
        again.set()
        await back
        for _ in range(2):
            await watched.exchange()

    watched.run(main())
    assert watched.counted() == 3 + 1 + 5 + 1 + 2
    assert len(watched.rows("window", "ended.number")) == 3 + 2
    assert len(watched.rows("tally", "tally.ended_ns")) == 1 + 5 + 1
    assert watched.heard == ["runs", "pauses", "goes on", "stops"]
    assert not watched.failures.notes


async def _held(watched: Watched, release: asyncio.Event) -> None:
    opened = watched.exchanges.begin(0, False, None)
    assert opened is not None
    await release.wait()
    watched.exchanges.returned(opened, None)
    watched.exchanges.end(opened, opened.returned_ns)


def test_no_step_is_stamped_between_two_windows(watched: Watched) -> None:
    between: list[tuple[int, int]] = []

    async def main() -> None:
        await watched.switch(False)
        since = program_loop.perf_counter_ns()
        for _ in range(50):
            await asyncio.sleep(0)
        between.append((since, program_loop.perf_counter_ns()))
        await watched.switch(True)
        await asyncio.sleep(0)

    watched.run(main())
    steps, ((since, until),) = watched.rows("window", "step.started_ns"), between
    assert steps == sorted(steps)
    assert min(steps) < since
    assert max(steps) > until
    assert not [at for at in steps if since <= at <= until]


def test_between_two_windows_a_loop_is_asyncios_own(watched: Watched) -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        assert events.Handle._run is not watched.plain[0]
        await watched.switch(False)
        assert events.Handle._run is watched.plain[0]
        assert loop.call_soon.__func__ is asyncio.SelectorEventLoop.call_soon
        assert type(loop.call_soon(int)) is events.Handle
        await watched.switch(True)
        assert events.Handle._run is not watched.plain[0]
        assert "call_soon" not in vars(loop)
        assert "select" not in vars(loop._selector)

    watched.run(main())


@pytest.mark.parametrize("on", [True, False])
def test_nothing_stays_patched_whether_it_ends_in_a_window_or_not(watched: Watched, on: bool) -> None:
    watched.run(watched.switch(on))
    watched.patches.restore()
    assert (events.Handle._run, asyncio.SelectorEventLoop.__init__) == watched.plain


def test_a_loop_that_ended_between_two_windows_gives_the_next_one_a_lane_with_detail(watched: Watched) -> None:
    watched.run(watched.switch(False))
    watched.duty.on = True
    watched.run(watched.exchange())
    assert len(watched.rows("window", "ended.number")) == 1


def test_a_failure_between_two_windows_is_written_down(watched: Watched) -> None:
    async def main() -> None:
        await watched.switch(False)
        opened = watched.exchanges.begin(0, False, None)
        assert opened is not None
        watched.exchanges.returned(opened, TimeoutError())

    watched.run(main())
    assert len(watched.rows("kept", "longended.error")) == 1
    assert watched.rows("tally", "tally.ended_ns") == []
