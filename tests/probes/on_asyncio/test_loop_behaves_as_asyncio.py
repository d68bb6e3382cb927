"""On a stamped loop a program does what it does on the loop without stamps, errors and their reports included."""

import asyncio
import contextvars
import gc
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
import uvloop

from clientprof.probes.on_asyncio.stamped_loop import StampedLoop
from clientprof.recording.recorder import Recorder
from stamped_run import run_stamped, run_stamped_uvloop, stamped_uvloop_loop, steps_of

Main = Callable[[], Coroutine[Any, Any, Any]]


Both = tuple[Callable[[Main], Any], Callable[[Main], Any]]


def plainly(factory: Callable[[], asyncio.AbstractEventLoop]) -> Callable[[Main], Any]:
    def run(main: Main) -> Any:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(main())

    return run


RUNS: dict[str, Both] = {
    "asyncio": (plainly(asyncio.SelectorEventLoop), lambda main: run_stamped(main, Recorder())),
    "uvloop": (plainly(uvloop.new_event_loop), lambda main: run_stamped_uvloop(main, Recorder())),
}


@pytest.fixture(params=RUNS)
def runs(request: pytest.FixtureRequest) -> Both:
    """How to run a program on the loop without stamps and on the one with them."""
    return RUNS[request.param]


def both(runs: Both, main: Main) -> tuple[Any, Any]:
    plain, stamped = runs
    return plain(main), stamped(main)


class Boom(Exception):
    pass


def fail(word: str, *, number: int = 0) -> None:
    raise Boom(word, number)


def recurse() -> None:
    recurse()


async def reports_of(start: Callable[[asyncio.AbstractEventLoop], object]) -> list[tuple[object, ...]]:
    """What the loop's exception handler is told; addresses of objects cut out."""
    reports: list[tuple[object, ...]] = []
    loop = asyncio.get_running_loop()

    def handler(told: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        handle = context.get("handle")
        described = (isinstance(handle, asyncio.Handle), re.sub("0x[0-9a-f]+|Stamped|when=[0-9.]+", "", str(handle)))
        reports.append((told is loop, sorted(context), context["message"], type(context["exception"]), described))

    loop.set_exception_handler(handler)
    start(loop)
    for _ in range(20):
        await asyncio.sleep(0.001)
    return reports


@pytest.mark.parametrize(
    "start",
    [
        lambda loop: loop.call_soon(fail, "soon"),
        lambda loop: loop.call_later(0.001, fail, "later"),
        lambda loop: loop.call_soon_threadsafe(fail, "threadsafe"),
        lambda loop: loop.call_soon(recurse),
    ],
    ids=["call_soon", "call_later", "call_soon_threadsafe", "recursion"],
)
def test_the_exception_handler_hears_of_a_failing_callback_in_the_same_words(
    start: Callable[[asyncio.AbstractEventLoop], object], runs: Both
) -> None:
    theirs, ours = both(runs, lambda: reports_of(start))
    assert len(theirs) == 1
    assert ours == theirs


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_exceptions_that_end_the_program_pass_through(ending: type[BaseException], runs: Both) -> None:
    def end() -> None:
        raise ending

    async def main() -> None:
        asyncio.get_running_loop().call_soon(end)
        await asyncio.sleep(1)

    for run in runs:
        with pytest.raises(ending):
            run(main)


def test_cancelled_callbacks_and_tasks_do_not_run(runs: Both) -> None:
    async def main() -> list[str]:
        ran: list[str] = []
        loop = asyncio.get_running_loop()
        loop.call_soon(ran.append, "soon").cancel()
        loop.call_later(0.001, ran.append, "later").cancel()

        async def work() -> None:
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                ran.append("cancelled")
                raise

        task = asyncio.ensure_future(work())
        await asyncio.sleep(0.002)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await asyncio.sleep(1)
        return ran

    assert both(runs, main) == (["cancelled"], ["cancelled"])


def test_callbacks_run_in_their_own_context(runs: Both) -> None:
    variable = contextvars.ContextVar("variable", default="outside")

    async def main() -> dict[str, str]:
        seen: dict[str, str] = {}
        loop = asyncio.get_running_loop()
        timer = loop.create_future()

        def hears(name: str) -> None:
            seen[name] = variable.get()

        def rings() -> None:
            hears("later")
            timer.set_result(None)

        inside = contextvars.copy_context()
        inside.run(variable.set, "inside")
        loop.call_soon(hears, "soon", context=inside)
        loop.call_later(0.001, rings, context=inside)
        loop.call_soon(hears, "by itself")
        await timer
        hears("at last")
        return seen

    theirs, ours = both(runs, main)
    assert ours == theirs == {"soon": "inside", "later": "inside", "by itself": "outside", "at last": "outside"}


def test_an_abandoned_asynchronous_generator_is_closed(runs: Both) -> None:
    async def main() -> list[str]:
        closed: list[str] = []

        async def numbers() -> AsyncIterator[int]:
            try:
                yield 1
                yield 2
            finally:
                await asyncio.sleep(0)
                closed.append("closed")

        async for _ in numbers():
            break
        gc.collect()
        for _ in range(5):
            await asyncio.sleep(0)
        return closed

    assert both(runs, main) == (["closed"], ["closed"])


def test_a_closed_loop_refuses_callbacks_as_asyncio_does() -> None:
    for loop in (asyncio.SelectorEventLoop(), StampedLoop(Recorder()), stamped_uvloop_loop(Recorder())):
        loop.close()
        with pytest.raises(RuntimeError, match="Event loop is closed"):
            loop.call_soon(print)


def test_debug_mode_still_checks_callbacks() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        with pytest.raises(TypeError, match="callable"):
            loop.call_soon(3)  # type: ignore[arg-type]
        loop.set_debug(False)

    both(RUNS["asyncio"], main)


def test_the_loop_goes_on_after_a_recursion_error_and_steps_stay_ordered() -> None:
    recorder = Recorder()
    reports = run_stamped(lambda: reports_of(lambda loop: loop.call_soon(recurse)), recorder)
    assert [report[3] for report in reports] == [RecursionError]
    assert all(step.started_ns <= step.ended_ns for step in steps_of(recorder))


def test_the_loop_keeps_the_compact_layout_of_its_attributes() -> None:
    """CPython shares keys among objects of at most 30 attributes, and looks those up at once."""
    loop = StampedLoop(Recorder())
    try:
        loop.run_until_complete(asyncio.sleep(0))
        assert len(vars(loop)) <= 30
    finally:
        loop.close()
