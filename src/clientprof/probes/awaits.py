"""What tasks of an exchange had been waiting in: their chain of awaits, each time they are woken.

Theory of operation. A task that waits has no frame on the thread's stack, so no sampler sees it; but it keeps its coroutine,
that keeps what it awaits, and so on down to the future that nobody has set yet. When the loop takes a task's wake-up from
its queue, and before it runs, that chain is still as it was during the wait. At that moment asyncio's loop calls ``note``
and trio's instrument ``note_coroutine``, for one exchange in eight; all wake-ups of such an exchange are noted, so that its
account is whole. Which one of each eight it is, is drawn, so that no period of the load hides from it. Of rounds of many
requests, which make more of them in the same CPU time, it is one in 16.

A note takes 0.9 us for a chain of 4 and 2.4 us for one of 18 where all of it is in the caches; in a loop of 512 tasks, where
it is not, 4 us in aiohttp and 8 us in httpx, which take 2.8 and 15 of them a request. Only codes are kept, no lines: each
would need a frame object.
"""

import gc
import random
import sys
from array import array
from collections.abc import Callable
from types import AsyncGeneratorType, CodeType, CoroutineType, GeneratorType
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.recording.recorder import Recorder

ONE_IN = 8
ONE_IN_OF_MANY = 16
_MANY = 256
# Exchanges are looked up by their number modulo this; the last place is never watched: it is that of -1, nobody.
PLACES = 1 << 12
LAST_PLACE = PLACES - 1
NOBODY_WATCHED = bytearray(PLACES)

_NAME = "chains of awaits"
_SUSPENDED = (CoroutineType, GeneratorType, AsyncGeneratorType)
# What stands between an ``await`` and a step of an asynchronous generator, and what ``coroutine.__await__()`` gives.
_WRAPPERS = ("async_generator_asend", "async_generator_athrow", "anext_awaitable", "coroutine_wrapper")


def one_in(requests_per_round: int) -> int:
    """Of how many exchanges one is watched."""
    return ONE_IN_OF_MANY if requests_per_round >= _MANY else ONE_IN


def await_chain(awaited: Any) -> list[CodeType]:
    """The codes of a suspended coroutine and of what it awaits, outermost first.

    It ends at what is no Python: a future, or a coroutine of an extension module.
    """
    chain: list[CodeType] = []
    while True:
        kind = awaited.__class__
        if kind is CoroutineType:
            chain.append(awaited.cr_code)
            awaited = awaited.cr_await
        elif kind is GeneratorType:
            chain.append(awaited.gi_code)
            awaited = awaited.gi_yieldfrom
        elif kind is AsyncGeneratorType:
            chain.append(awaited.ag_code)
            awaited = awaited.ag_await
        elif kind.__name__ in _WRAPPERS:
            # They do not say whose they are, but the garbage collector must know.
            awaited = next(filter(_continues, gc.get_referents(awaited)), None)
        else:
            return chain


def _continues(thing: object) -> bool:
    return isinstance(thing, _SUSPENDED) or type(thing).__name__ in _WRAPPERS


class AwaitProbe:
    """Writes ``await.*`` at wake-ups; ``finish`` adds the chains themselves, ``chain.*`` and ``link.code``.

    ``watched`` is what the loop looks into at each step: not 0 at an exchange's number modulo ``PLACES`` if its wake-ups are
    to be noted. ``codes`` are what ``link.code`` points into, counted from the number that ``finish`` is given.
    """

    def __init__(
        self, recorder: Recorder, seed: int, failures: Failures | None = None, *, one_in: int = ONE_IN
    ) -> None:
        self._recorder = recorder
        self._failures = failures or Failures()
        self.watched = bytearray(PLACES)
        self.codes: list[CodeType] = []
        self._chosen = _chosen(random.Random(seed), one_in)
        self._code_number: dict[int, int] = {}
        self._chain_number: dict[tuple[int, ...], int] = {}
        self._links: list[array[int]] = []
        self._at = recorder.column("await.at_ns").append
        self._exchange = recorder.column("await.exchange").append
        self._chain = recorder.column("await.chain").append

    def begin(self) -> None:
        """Watch from now on; a probe that was removed stays silent."""
        if not self._failures.removed(_NAME):
            self.watched[:] = self._chosen

    def end(self) -> None:
        """Watch no longer."""
        self.watched[:] = NOBODY_WATCHED

    def note(self, exchange: int, at_ns: int, callback: Callable[..., object]) -> None:
        """A callback of a watched exchange is about to run, in the step that began at ``at_ns``."""
        try:
            task = getattr(callback, "__self__", None)
            # Called by asyncio's loop alone; whoever has another must not get asyncio imported.
            if isinstance(task, sys.modules["asyncio"].Task):
                self._keep(exchange, at_ns, task.get_coro())
        except Exception as error:
            self._remove(error)

    def note_coroutine(self, exchange: int, at_ns: int, coroutine: object) -> None:
        """The same where the loop says which ``coroutine`` it is about to run."""
        try:
            self._keep(exchange, at_ns, coroutine)
        except Exception as error:
            self._remove(error)

    def _keep(self, exchange: int, at_ns: int, coroutine: object) -> None:
        chain = await_chain(coroutine)
        key = tuple(map(id, chain))
        number = self._chain_number.get(key)
        if number is None:
            number = self._add(key, chain)
        self._at(at_ns)
        self._exchange(exchange)
        self._chain(number)

    def _remove(self, error: Exception) -> None:
        self._failures.remove(_NAME, error)
        self._recorder.level("await")
        self.end()

    def _add(self, key: tuple[int, ...], chain: list[CodeType]) -> int:
        links = array("q")
        for code in reversed(chain):
            number = self._code_number.get(id(code))
            if number is None:
                # Keeping the code object alive keeps its id from being given to another.
                number = self._code_number[id(code)] = len(self.codes)
                self.codes.append(code)
            links.append(number)
        self._links.append(links)
        self._chain_number[key] = len(self._links) - 1
        return self._chain_number[key]

    def finish(self, first_code: int) -> None:
        """Write the chains, innermost code first; ``first_code`` is the place of ``codes[0]`` among the run's codes."""
        self.end()
        first, count = self._recorder.column("chain.first"), self._recorder.column("chain.count")
        code = self._recorder.column("link.code")
        begin = 0
        for links in self._links:
            first.append(begin)
            count.append(len(links))
            code.extend(first_code + number for number in links)
            begin += len(links)


def _chosen(generator: random.Random, one_in: int) -> bytes:
    """One place of each ``one_in``, by chance."""
    chosen = bytearray(PLACES)
    draw = generator.random  # thousands of them before each measurement: randrange takes five times as long
    for first in range(0, PLACES, one_in):
        chosen[first + int(draw() * one_in)] = 1
    chosen[LAST_PLACE] = 0
    return bytes(chosen)
