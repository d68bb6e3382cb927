"""Python functions of every kind, called in every way; loaded anew under a name of its own by those who count calls."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass


@dataclass
class Made:
    """Its ``__init__`` is generated."""

    value: int


def plain() -> int:
    return 1


def numbers(count: int) -> Iterator[int]:
    for _ in range(count):
        yield plain()


def delegating() -> Iterator[int]:
    yield from numbers(3)


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    try:
        yield
    except ValueError:
        plain()


def raising() -> None:
    raise KeyError


def factorial(number: int) -> int:
    return 1 if number < 2 else number * factorial(number - 1)


async def innermost(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    plain()


async def middle() -> None:
    await innermost(3)


async def answers() -> AsyncIterator[int]:
    for number in range(4):
        await asyncio.sleep(0)
        yield number


async def cancelled() -> None:
    try:
        await asyncio.sleep(100)
    except asyncio.CancelledError:
        plain()
        raise


def synchronous() -> None:
    """Generators run to their end, closed early, thrown into; recursion, lambdas, comprehensions, generated code."""
    plain()
    list(numbers(3))
    list(delegating())
    unfinished = numbers(5)
    next(unfinished)
    unfinished.close()
    numbers(5).close()
    with guarded():
        pass
    with guarded():
        raise ValueError
    thrown = numbers(2)
    next(thrown)
    with contextlib.suppress(KeyError):
        thrown.throw(KeyError)
    for _ in range(3):
        with contextlib.suppress(KeyError):
            raising()
    factorial(5)
    sum(number for number in range(3))
    sorted([3, 1, 2], key=lambda number: number)
    for number in range(4):
        Made(number)


async def asynchronous() -> None:
    """Tasks, awaits in a row, asynchronous generators, cancelling."""
    await middle()
    async for _ in answers():
        pass
    early = answers()
    await anext(early)
    await early.aclose()  # type: ignore[attr-defined]
    task = asyncio.ensure_future(cancelled())
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await asyncio.gather(*(middle() for _ in range(5)))


def work() -> None:
    """Everything once."""
    synchronous()
    asyncio.run(asynchronous())
