"""``clientprof.watching()``: count what a piece of code costs in requests, connections, handshakes and waits."""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from clientprof.model.costs.watching import Costs, SiteCosts, Watched
from clientprof.workload.watching.instruments import Instruments, release, share

P = ParamSpec("P")
R = TypeVar("R")


class Seen:
    """What was seen since the block opened: up to now while it is open, and up to its end afterwards.

    Everything that the process does meanwhile is counted, in whatever thread, task or loop. A call that began before the
    block did is not.
    """

    def __init__(self, instruments: Instruments) -> None:
        self._instruments: Instruments | None = instruments
        self._from = instruments.counts()
        self._watched = Watched()

    def _now(self) -> Watched:
        if self._instruments is not None:
            self._watched = self._instruments.since(self._from)
        return self._watched

    def _close(self) -> None:
        self._now()
        self._instruments = None

    @property
    def open(self) -> bool:
        """Whether it still counts."""
        return self._instruments is not None

    def restart(self) -> None:
        """Count from now on, from 0.

        Raises:
            RuntimeError: the block is closed.
        """
        if self._instruments is None:
            raise RuntimeError("this block is closed: it cannot count again")
        self._from = self._instruments.counts()

    @property
    def watched(self) -> Watched:
        """All of the following, of one moment."""
        return self._now()

    @property
    def costs(self) -> Costs:
        """All figures of one moment. What the properties below say each is read anew each time."""
        return self._now().costs

    @property
    def requests(self) -> int:
        """Calls of a client that began. A call is one, however often the client is redirected or tries again inside it."""
        return self.costs.requests

    @property
    def failures(self) -> int:
        """Calls that raised, or whose body did not come whole. An answer such as 404 is none."""
        return self.costs.failures

    @property
    def failure_types(self) -> Mapping[str, int]:
        """How many failures of each type, by its name: ``httpx.ConnectTimeout``."""
        return self._now().failure_types

    @property
    def connections_opened(self) -> int:
        """TCP connections (or those of Unix sockets) that clients opened."""
        return self.costs.connections_opened

    @property
    def handshakes(self) -> int:
        """TLS handshakes that clients completed."""
        return self.costs.handshakes

    @property
    def pool_wait_s(self) -> float:
        """Seconds that calls waited for a free connection, added up over all of them."""
        return self.costs.pool_wait_s

    @property
    def blocked_s(self) -> float:
        """Seconds that the threads of event loops stood still in callbacks.

        Of a blocking client called on a loop's thread the whole call counts. Of anything else (a sleep, a lock, a file) a
        stretch of 10 ms and more, without the time in which it computed or waited for a core; on Linux only.
        """
        return self.costs.blocked_s

    @property
    def call_sites(self) -> tuple[SiteCosts, ...]:
        """The same by the line that made the call and the client, the most requests first."""
        return self._now().call_sites

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be watched in this environment, a line each; empty if all could."""
        return self._now().notes

    def report(self) -> str:
        """A table by call site, as plain text of at most 100 columns."""
        from clientprof.report.watching.text import report

        return report(self._now())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from clientprof.report.watching.html import watched_html

        return watched_html(self._now())

    def __repr__(self) -> str:
        costs = self.costs
        return (
            f"<Seen {costs.requests} requests, {costs.failures} failures, {costs.connections_opened} connections opened, "
            f"{costs.handshakes} handshakes, {costs.pool_wait_s:.3f} s pool wait, {costs.blocked_s:.3f} s blocked>"
        )

    __str__ = report


class watching:  # noqa: N801  # called like a function, as contextlib's are
    """Count what the process's HTTP clients do while the block is open.

    ``with watching() as seen:`` or ``async with watching() as seen:``; blocks may be nested and opened in any thread. As a
    decorator, ``@watching()``, each call of the function, or of the coroutine function, is a block of its own; ``then`` gets
    its ``Seen`` when it ends, in place of the report on standard error.

    Raises:
        RuntimeError: this very block is open already; call ``watching()`` again for each.
        TypeError: it decorates a generator, or something that is no function.
    """

    def __init__(self, *, then: Callable[[Seen], object] | None = None) -> None:
        self._then = then
        self._seen: Seen | None = None

    def __enter__(self) -> Seen:
        if self._seen is not None:
            raise RuntimeError("this block is open already; call watching() again for each block")
        instruments = share()
        try:
            self._seen = Seen(instruments)
        except BaseException:
            release()
            raise
        return self._seen

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seen, self._seen = self._seen, None
        if seen is None:
            return
        try:
            seen._close()
        finally:
            release()
        if self._then is not None:
            self._then(seen)

    async def __aenter__(self) -> Seen:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"watching() cannot decorate the generator {function.__qualname__}; open a block inside it")
        if not callable(function):
            raise TypeError(f"watching() decorates functions, not {type(function).__name__}")
        then = self._then or print_report
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaiting(*args: P.args, **kwargs: P.kwargs) -> Any:
                with watching(then=then):
                    return await function(*args, **kwargs)

            return cast(Callable[P, R], awaiting)

        @functools.wraps(function)
        def calling(*args: P.args, **kwargs: P.kwargs) -> R:
            with watching(then=then):
                return function(*args, **kwargs)

        return calling


def print_report(seen: Seen) -> None:
    """The report, on standard error."""
    print(seen.report(), file=sys.stderr)
