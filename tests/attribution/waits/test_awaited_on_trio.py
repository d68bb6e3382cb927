"""Waits by function on trio, in simulated time: to the nanosecond, by the real instrument and the real probe."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock

from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.attribution.waits import awaited
from clientprof.attribution.waits.awaited import awaited_costs
from clientprof.model.run import RoundKind, Run
from clientprof.probes.awaits import AwaitProbe
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.locations import locate
from clientprof.probes.on_trio import trio_steps
from clientprof.probes.on_trio.trio_steps import TrioSteps
from clientprof.recording.recorder import Recorder
from recordings import exchanges, rounds, run_of

MS = 1_000_000
Work = Callable[["World"], Awaitable[None]]


class World:
    """What exchanges share: simulated time, which only sleeps and ``compute`` move, and a lock."""

    def __init__(self) -> None:
        self.clock = MockClock(autojump_threshold=0)
        self.lock = trio.Lock()

    def now_ns(self) -> int:
        # The clock begins at 0; the columns take that for a stamp that is not there.
        return MS + round(self.clock.current_time() * 1e9)

    def compute(self, milliseconds: float) -> None:
        self.clock.jump(milliseconds / 1e3)


async def sleeps(world: World) -> None:
    await trio.sleep(0.007)


async def sleeps_twice(world: World) -> None:
    await sleeps(world)
    world.compute(2)
    await sleeps(world)


async def holds(world: World) -> None:
    async with world.lock:
        await trio.sleep(0.005)


async def waits_for_a_child(world: World) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(sleeps, world)
        await trio.sleep(0.003)


def played(*works: Work) -> Run:
    """The exchanges side by side on trio, all of them watched."""
    world, recorder = World(), Recorder()
    probe = AwaitProbe(recorder, seed=0, one_in=1)
    steps = TrioSteps(recorder, awaits=probe)
    times: dict[int, tuple[int, int]] = {}

    async def one(number: int, work: Work) -> None:
        began_ns = world.now_ns()
        await work(world)
        times[number] = (began_ns, world.now_ns())

    async def main() -> None:
        probe.begin()
        steps.close_step()
        async with trio.open_nursery() as nursery:
            for number, work in enumerate(works):
                before = EXCHANGE.set(number)
                nursery.start_soon(one, number, work)
                EXCHANGE.reset(before)
        steps.close_step()
        probe.end()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trio_steps, "perf_counter_ns", world.now_ns)
        trio.run(main, clock=world.clock, instruments=[steps])
    probe.finish(first_code=0)
    ended_ns = max(end for _, end in times.values())
    return run_of(
        {name: column for name, column in recorder.columns().items() if name.startswith(("step", "await", "chain", "link"))},
        rounds((RoundKind.MEASURED, 0, len(works), MS, ended_ns)),
        exchanges(*(times[number] for number in range(len(works)))),
        codes=tuple(map(locate, probe.codes)),
    )  # fmt: skip


def named(run: Run) -> dict[tuple[str, str], int]:
    """Nanoseconds over all exchanges, by the function waited in and what it stood in; every row, however small."""
    count = len(run.column("exchange.started_ns"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(awaited, "SMALLEST_SHARE", 0.0)
        return {
            (row.function, row.by): round(row.us_per_request.value * 1e3 * count) for row in awaited_costs(run)
        }  # fmt: skip


def test_a_sleep_has_its_whole_time_and_computing_none() -> None:
    assert named(played(sleeps_twice)) == {("sleeps", "trio._timeouts.sleep"): 14 * MS}


def test_those_who_wait_for_a_lock_have_the_time_of_its_holders() -> None:
    # The second waits for one holder, the third for two; each sleeps itself while it holds the lock.
    assert named(played(holds, holds, holds)) == {
        ("holds", "trio._sync._LockImpl.acquire"): 15 * MS,
        ("holds", "trio._timeouts.sleep"): 15 * MS,
    }


def test_of_two_tasks_of_one_exchange_the_first_that_wakes_has_the_wait() -> None:
    assert named(played(waits_for_a_child)) == {
        ("waits_for_a_child", "trio._timeouts.sleep"): 3 * MS,
        ("sleeps", "trio._timeouts.sleep"): 4 * MS,
    }


@pytest.mark.parametrize("works", [(sleeps_twice, holds, holds), (waits_for_a_child, sleeps_twice)])
def test_the_rows_add_up_to_the_ledger_s_waiting(works: tuple[Work, ...]) -> None:
    run = played(*works)
    ledger = build_ledger(run)
    assert ledger is not None
    waiting_ns = sum(row.wait_us or 0.0 for row in ledger.phases) * len(works) * 1e3
    assert sum(named(run).values()) == pytest.approx(waiting_ns, abs=1)
    assert waiting_ns > 0
