"""Plays a plan through the real probes on simulated time and returns the recording beside the truth."""

import asyncio
import contextvars

from clientprof.model.phases import Phase
from clientprof.model.run import RoundKind, Run, RunFacts, StepOwner
from clientprof.probes import boundary_marks as marks
from clientprof.probes.awaits import AwaitProbe
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.locations import locate
from clientprof.probes.on_asyncio import stamped_loop, stamped_transport
from clientprof.probes.patches import Patches
from clientprof.proof.exact_samples import BOUNDARIES, CODES
from clientprof.proof.expected import expected_loop
from clientprof.proof.plan import ExchangePlan, Plan
from clientprof.proof.scripted_client import ScriptedClient
from clientprof.proof.scripted_world import World
from clientprof.proof.truth import Truth
from clientprof.proof.virtual_selector import selector_type
from clientprof.recording.recorder import Recorder

# The analysis learns the transit time from at least five requests; these come first, one by one, in a cold round.
CALIBRATIONS = 5
_ERRORS = {"TimeoutError": 1, "CancelledError": 2}


def play(plan: Plan) -> tuple[Run, Truth]:
    """Play the plan; deterministic, and done in real milliseconds however long it simulates.

    Raises:
        RuntimeError: the plan can never end.
    """
    recorder = Recorder()
    world = World(recorder, plan.transit_ns)
    patches = Patches()
    try:
        world.clock.install((stamped_loop, stamped_transport, marks), patches)
        selector = selector_type(world.clock, world.agenda, world.truth, plan.select_ns)
        patches.set(stamped_loop.StampedLoop, "selector_kind", selector)
        stamped_loop.install_handle_stamps(patches)
        awaits = AwaitProbe(recorder, seed=0, one_in=1)
        loop = stamped_loop.StampedLoop(recorder, awaits=awaits)
        loop.time = world.clock.seconds  # type: ignore[method-assign]
        # With asyncio's, a whole nanosecond, a timer that is due in the next one would fire at once.
        loop._clock_resolution = 0.25e-9  # type: ignore[attr-defined]
        player = _Player(plan, world, loop, awaits)
        try:
            loop.run_until_complete(player.play())
        finally:
            loop.run_until_complete(player.clear())
            loop.close()
    finally:
        patches.restore()
    awaits.finish(first_code=len(CODES))
    facts = RunFacts(
        client="scripted",
        lens="ledger",
        arm="scripted",
        block=0,
        requests_per_round=len(plan.exchanges),
        complete=True,
        boundaries=BOUNDARIES,
        codes=(*CODES, *map(locate, awaits.codes)),
        error_types=tuple(_ERRORS),
    )
    return Run(facts, recorder.columns()), world.truth


class _Player:
    def __init__(self, plan: Plan, world: World, loop: stamped_loop.StampedLoop, awaits: AwaitProbe) -> None:
        self._plan = plan
        self._world = world
        self._loop = loop
        self._awaits = awaits
        self._client = ScriptedClient(world, plan.order, plan.connections)
        self._numbers = plan.numbers or tuple(range(len(plan.exchanges)))

    async def play(self) -> None:
        calibration = ExchangePlan()
        for number in range(CALIBRATIONS):
            await self._round(RoundKind.COLD, {number: calibration})
        numbered = zip(self._numbers, self._plan.exchanges, strict=True)
        self._awaits.begin()
        await self._round(RoundKind.MEASURED, {CALIBRATIONS + number: plan for number, plan in numbered})

    async def clear(self) -> None:
        """Leave nothing behind, whether the play came to its end or not."""
        others = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for connection in self._client.opened:
            connection.close()
        # Two turns: a closed transport gives up its socket in a callback of its own.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _round(self, kind: RoundKind, exchanges: dict[int, ExchangePlan]) -> None:
        world, loop = self._world, self._loop
        loop.close_step()
        began_ns = world.clock.now_ns
        tasks: dict[int, asyncio.Task[None]] = {}
        for number, plan in exchanges.items():
            context = contextvars.copy_context()
            context.run(EXCHANGE.set, number)
            tasks[number] = loop.create_task(self._exchange(number, plan), context=context)
        if kind is RoundKind.MEASURED:
            self._make_noise(tasks, exchanges)
        await asyncio.gather(*tasks.values())
        loop.close_step()
        world.truth.round_ns = (began_ns, world.clock.now_ns)
        self._record(kind, exchanges)

    def _make_noise(self, tasks: "dict[int, asyncio.Task[None]]", exchanges: dict[int, ExchangePlan]) -> None:
        for noise in self._plan.noise:
            self._loop.call_later(
                noise.at_ns / 1e9, self._world.work, noise.work_ns, noise.layer, int(StepOwner.NOBODY)
            )
        for number, plan in exchanges.items():
            if plan.cancel_after_ns is not None:
                self._loop.call_later(plan.cancel_after_ns / 1e9, self._cancel, number, tasks[number])

    def _cancel(self, number: int, task: "asyncio.Task[None]") -> None:
        mine = self._world.truth.exchanges[number]
        if mine.started_ns and not mine.ended_ns and task.cancel():
            self._world.truth.woken(number, self._world.clock.now_ns)

    async def _exchange(self, number: int, plan: ExchangePlan) -> None:
        if plan.start_after_ns:
            await asyncio.sleep(plan.start_after_ns / 1e9)
        mine = self._world.truth.exchanges[number]
        mine.started_ns = self._world.clock.now_ns
        mine.phases.append((Phase.PREPARE, mine.started_ns))
        try:
            await self._client.fetch(number, plan)
        except (TimeoutError, asyncio.CancelledError) as error:
            mine.failure = type(error).__name__
        mine.ended_ns = self._world.clock.now_ns

    def _record(self, kind: RoundKind, exchanges: dict[int, ExchangePlan]) -> None:
        column = self._world.recorder.column
        truth = self._world.truth
        busy_ns = sum(expected_loop(truth)[0].values())
        row = {"kind": int(kind), "first": min(exchanges), "count": len(exchanges)}
        row |= {"started_ns": truth.round_ns[0], "ended_ns": truth.round_ns[1]}
        row |= {"cpu_ns": busy_ns, "thread_cpu_ns": busy_ns, "involuntary": 0}
        for name, value in row.items():
            column(f"round.{name}").append(value)
        for number in sorted(exchanges):
            mine = truth.exchanges[number]
            answered = mine.failure is None
            column("exchange.started_ns").append(mine.started_ns)
            column("exchange.ended_ns").append(mine.ended_ns)
            column("exchange.status").append(200 if answered else 0)
            column("exchange.body_bytes").append(0)
            column("exchange.error").append(0 if mine.failure is None else _ERRORS[mine.failure])
            column("exchange.received_ns").append(mine.received_ns if answered else 0)
            column("exchange.written_ns").append(mine.written_ns if answered else 0)
