"""The calls of a client whose requests are several calls of a connection, wrapped; and those that read its responses, which
other clients hand on to the program as they are."""

import functools
from collections.abc import Callable
from time import perf_counter_ns
from types import FrameType
from typing import Any

from clientprof.probes.observation_points import FoundSeam
from clientprof.probes.programs.open_exchange import Open
from clientprof.probes.programs.quiet_wrappers import unseen
from clientprof.workload.programs.entries import Entries
from clientprof.workload.programs.parted_calls import part
from clientprof.workload.programs.piece_calls import PieceCalls


class ConnectionEntries(Entries):
    """Installs the wrappers of such a client. Whoever is in one of its calls is in no other client's request."""

    def work(self) -> list[tuple[str, Callable[[FoundSeam], Callable[..., Any]]]]:
        observed = self._observed
        pieces = PieceCalls(self._exchanges, self._failures, blocking=observed.blocking)
        return [
            *((target, lambda seam: part(seam.function, self, last=False)) for target in observed.sends),
            *((target, lambda seam: part(seam.function, self, last=True)) for target in observed.entries),
            *((target, lambda seam: self._reader(seam, pieces)) for target in observed.readers),
            *((target, lambda seam: self._closer(seam.function)) for target in (*observed.closers, *observed.breaks)),
        ]

    def asks_inside(self) -> Callable[[], bool]:
        live, number = self._exchanges.live.get, self._exchanges.current.get

        def inside() -> bool:
            opened = live(number(-1))
            return opened is not None and opened.token is not None

        return inside

    def take_up(self, connection: Any) -> Open | None:
        opened = self._exchanges.bodies.pop(id(connection), None)
        if opened is not None:
            opened.reference = None
            self._exchanges.goes_on(opened)
        return opened

    def begin(self, connection: Any, frame: FrameType | None) -> Open | None:
        opened = self._exchanges.begin(self.number, self._observed.blocking, frame)
        if opened is not None:
            self._tell_peer(opened, self._observed.peer, (connection,), {})
        return opened

    def put_down(self, connection: Any, call: Open) -> None:
        self._exchanges.paused(call)
        # As a response that is still to come: it ends if the connection is closed before there is one.
        self._exchanges.await_body(call, connection, None)

    def failed(self, call: Open, error: BaseException) -> None:
        self._exchanges.returned(call, error)

    def answered(self, call: Open, response: Any) -> None:
        self._answered(call, response)

    def _reader(self, seam: FoundSeam, pieces: PieceCalls) -> Callable[..., Any]:
        """What reads a piece of the body, or all of it; the exchange ends where no more is to come."""
        function, opened_of, closed = seam.function, self._exchanges.bodies.get, self._exchanges.closed
        described = self._observed.response
        more = self._observed.more or (lambda response: described(response).open)
        whole, takes_all = self._body(function), seam.name == "read"
        asked, now = pieces.asked, perf_counter_ns
        pieces.sees(seam.owner)

        # A body may have millions of lines, so all that is done for one is done in here.
        @functools.wraps(function)
        def read(response: Any, *args: Any, **kwargs: Any) -> Any:
            opened = opened_of(id(response))
            try:
                if opened is None or opened.reading:
                    return function(response, *args, **kwargs)
                if takes_all and _all_of_it(args, kwargs):
                    return whole(response, *args, **kwargs)
                opened.reading = True
                begun_ns = now() if opened.window else 0
                try:
                    return function(response, *args, **kwargs)
                except BaseException as error:
                    self._broke(opened, error)
                    raise
                finally:
                    opened.reading = False
                    try:
                        if opened.window and not opened.resumed_ns:
                            asked(opened, begun_ns, now())
                        if opened.error or not more(response):
                            opened.body_bytes = described(response).body_bytes
                            closed(response)
                    except Exception as error:
                        self._failures.remove(f"bodies of {self._observed.client}", error)
            except BaseException as error:
                unseen(error)
                raise

        return read


def _all_of_it(args: Any, kwargs: Any) -> bool:
    amount = args[0] if args else kwargs.get("amt")
    return amount is None or (isinstance(amount, int) and amount < 0)
