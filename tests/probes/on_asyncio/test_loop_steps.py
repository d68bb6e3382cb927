"""The stamped loop's time is a row of contiguous steps, each with the right owner."""

import asyncio
import contextvars
import sys
import threading
from itertools import pairwise
from time import monotonic, perf_counter_ns

import pytest

from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.on_asyncio.stamped_loop import StampedLoop
from clientprof.recording.recorder import Recorder
from stamped_run import LOOP, NOBODY, SELECT, WAIT, as_exchange, owner_at, run_stamped, steps_of


def test_steps_are_contiguous_and_every_select_is_followed_by_the_loop() -> None:
    recorder = Recorder()

    async def main() -> None:
        await asyncio.gather(*(as_exchange(n, asyncio.sleep(0.001 * (n % 3))) for n in range(20)))

    run_stamped(main, recorder)
    steps = steps_of(recorder)
    assert all(step.started_ns <= step.ended_ns for step in steps)
    for step, following in pairwise(steps):
        if step.owner in (SELECT, WAIT):
            assert following.owner == LOOP
            assert step.enqueued_ns == 0
        else:
            assert step.enqueued_ns <= step.started_ns
    assert {step.owner for step in steps} <= {LOOP, SELECT, WAIT, NOBODY, *range(20)}


def test_a_select_that_may_block_is_told_from_one_that_may_not() -> None:
    recorder = Recorder()

    async def main() -> None:
        await asyncio.sleep(0)  # something is ready at once: the next select only looks
        await asyncio.sleep(0.01)

    run_stamped(main, recorder)
    slept = max(steps_of(recorder), key=lambda step: step.ended_ns - step.started_ns)
    assert slept.owner == WAIT
    assert SELECT in {step.owner for step in steps_of(recorder)}


def test_every_instant_of_interleaving_tasks_lies_in_a_step_of_their_own() -> None:
    recorder = Recorder()
    seen: list[tuple[int, int]] = []

    async def work(number: int) -> None:
        for turn in range(10):
            seen.append((perf_counter_ns(), number))
            await asyncio.sleep(0 if turn % 3 else 0.001)
            seen.append((perf_counter_ns(), number))

    async def main() -> None:
        await asyncio.gather(*(as_exchange(n, work(n)) for n in range(8)))

    run_stamped(main, recorder)
    steps = steps_of(recorder)
    assert len(seen) == 160
    assert [owner_at(steps, at) for at, _ in seen] == [number for _, number in seen]


def test_a_callback_is_queued_when_call_soon_was_called() -> None:
    recorder = Recorder()
    called: list[int] = []

    async def main() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        called.append(perf_counter_ns())
        context = contextvars.copy_context()
        context.run(EXCHANGE.set, 5)
        loop.call_soon(done.set, context=context)
        called.append(perf_counter_ns())
        await done.wait()

    run_stamped(main, recorder)
    (step,) = [step for step in steps_of(recorder) if step.owner == 5]
    assert called[0] <= step.enqueued_ns <= called[1] <= step.started_ns


def test_a_timer_is_queued_at_its_due_time_or_when_the_loop_woke_for_it() -> None:
    recorder = Recorder()
    due: list[float] = []

    async def main() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        context = contextvars.copy_context()
        context.run(EXCHANGE.set, 6)
        due.append(loop.time() + 0.005)
        loop.call_at(due[0], done.set, context=context)
        await done.wait()

    run_stamped(main, recorder)
    (step,) = [step for step in steps_of(recorder) if step.owner == 6]
    assert step.enqueued_ns <= step.started_ns
    assert step.enqueued_ns >= int(due[0] * 1e9) - 1_000_000
    assert monotonic() > due[0]


def test_callbacks_from_other_threads_run_once_and_as_nobody() -> None:
    recorder = Recorder()
    ran: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def finish() -> None:
            ran.append(perf_counter_ns())
            done.set()

        thread = threading.Thread(target=loop.call_soon_threadsafe, args=(finish,))
        thread.start()
        await done.wait()
        thread.join()

    run_stamped(main, recorder)
    assert len(ran) == 1
    assert owner_at(steps_of(recorder), ran[0]) == NOBODY


def test_a_second_loop_in_a_thread_is_not_stamped() -> None:
    recorder = Recorder()
    ran: list[int] = []

    async def inner() -> int:
        EXCHANGE.set(77)
        for _ in range(20):
            await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        ran.append(77)
        return 77

    async def main() -> None:
        await asyncio.to_thread(asyncio.run, inner())

    run_stamped(main, recorder)
    assert ran == [77]
    assert 77 not in {step.owner for step in steps_of(recorder)}


def test_a_plain_loop_in_the_same_thread_is_not_stamped() -> None:
    recorder = Recorder()
    StampedLoop(recorder).close()
    rows = len(recorder.columns()["step.owner"])
    asyncio.run(asyncio.sleep(0))
    assert len(recorder.columns()["step.owner"]) == rows


def test_two_runs_one_after_the_other_are_both_recorded_in_order() -> None:
    recorder = Recorder()

    async def main(number: int) -> None:
        await as_exchange(number, asyncio.sleep(0.001))

    for number in (1, 2):
        run_stamped(lambda number=number: main(number), recorder)  # type: ignore[misc]
    owners = [step.owner for step in steps_of(recorder) if step.owner > 0]
    assert owners == sorted(owners)
    assert set(owners) == {1, 2}
    assert all(step.started_ns <= step.ended_ns for step in steps_of(recorder))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="asyncio has eager tasks since 3.12")
def test_eager_tasks_run_in_their_creators_step_until_they_first_wait() -> None:
    recorder = Recorder()
    seen: list[tuple[int, str]] = []

    async def work() -> None:
        seen.append((perf_counter_ns(), "eager"))
        await asyncio.sleep(0)
        seen.append((perf_counter_ns(), "resumed"))

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
        context = contextvars.copy_context()
        context.run(EXCHANGE.set, 9)
        EXCHANGE.set(3)
        await asyncio.sleep(0)
        await loop.create_task(work(), context=context)

    run_stamped(main, recorder)
    steps = steps_of(recorder)
    owners = {what: owner_at(steps, at) for at, what in seen}
    assert owners["resumed"] == 9
    assert owners["eager"] in (3, NOBODY)
    assert all(step.started_ns <= step.ended_ns for step in steps)


def test_closing_a_step_gives_the_rest_to_the_loop() -> None:
    recorder = Recorder()
    at: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, StampedLoop)
        EXCHANGE.set(4)
        await asyncio.sleep(0)
        at.append(perf_counter_ns())
        loop.close_step()
        at.append(perf_counter_ns())

    run_stamped(main, recorder)
    assert [owner_at(steps_of(recorder), moment) for moment in at] == [4, LOOP]
