"""The calls of client libraries, wrapped: the outermost is an exchange."""

import functools
import inspect
import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from clientprof.clients.programs.observed import Observed, answer_in, is_request
from clientprof.model.phases import Mark
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import FoundSeam, find, modules_of
from clientprof.probes.patches import Patches
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.open_exchange import Open
from clientprof.probes.programs.quiet_wrappers import unseen
from clientprof.workload.programs.client_objects import ClientObjects
from clientprof.workload.programs.piece_calls import PieceCalls

# 101 Switching Protocols.
_SWITCHED = 101


class Entries:
    """Installs the wrappers of one client library; ``number`` is its place among the process's clients."""

    def __init__(self, observed: Observed, exchanges: Exchanges, patches: Patches, failures: Failures) -> None:
        self._observed = observed
        self._exchanges = exchanges
        self._patches = patches
        self._failures = failures
        self._objects = ClientObjects(observed, exchanges, failures, lambda: self.number)

    @property
    def number(self) -> int:
        """The client's number in this process; a forked one numbers anew."""
        observed = self._observed
        known = self._exchanges.names.known("client", observed.client)
        if known is not None:
            return known
        module = sys.modules.get(observed.module)
        version = str(getattr(module, "__version__", ""))
        if observed.module.partition(".")[0] in sys.stdlib_module_names:
            version = ".".join(map(str, sys.version_info[:3]))
        row = (observed.client, version, observed.blocking, observed.opaque)
        return self._exchanges.names.number("client", observed.client, row)

    def targets(self) -> dict[str, list[Callable[[], None]]]:
        """What to install, by the module whose import it waits for."""
        found: dict[str, list[Callable[[], None]]] = {}
        for target, make in self.work():
            # Once, whichever of its modules comes first: alternatives may be in modules of their own.
            install = functools.cache(functools.partial(self._install, target, make))
            for module in modules_of(target):
                found.setdefault(module, []).append(install)
        return found

    def work(self) -> list[tuple[str, Callable[[FoundSeam], Callable[..., Any]]]]:
        """What is wrapped, and what makes the wrapper."""
        observed = self._observed
        pieces = PieceCalls(self._exchanges, self._failures, blocking=observed.blocking)
        work: list[tuple[str, Callable[[FoundSeam], Callable[..., Any]]]] = [
            *((target, lambda seam: self._entry(seam.function)) for target in observed.entries),
            *((target, lambda seam: self._body(seam.function)) for target in observed.bodies),
            *((target, lambda seam: self._closer(seam.function)) for target in observed.closers),
            *((target, pieces.wrap) for target in observed.pieces),
        ]
        return work + self._objects.work()

    def _install(self, target: str, make: Callable[[FoundSeam], Any]) -> None:
        seam = find(target)
        if seam is None:
            self._exchanges.names.add("missing", (target,))
            return
        self._patches.set_everywhere(seam.owner, seam.name, seam.kept_kind(make(seam)))

    def _tell_peer(self, opened: Open, describe: Callable[..., Any], *about: Any) -> None:
        """Ask one of the observed client's functions about whom it calls; None is no answer."""
        try:
            found = describe(*about)
            if found is not None:
                opened.peer = self._exchanges.names.number("peer", found)
        except Exception as error:
            self._failures.remove(f"peers of {self._observed.client}", error)

    def _answered(self, opened: Open, response: Any) -> None:
        """The call gave its response: over, unless the body is still to come."""
        exchanges = self._exchanges
        exchanges.returned(opened, None)
        try:
            answer = self._observed.response(response)
        except Exception as error:
            self._failures.remove(f"responses of {self._observed.client}", error)
            exchanges.end(opened, opened.returned_ns)
            return
        opened.status, opened.body_bytes = answer.status, answer.body_bytes
        if answer.later:
            told = f"answers of {self._observed.client} that come later"
            self._failures.leave_out(told, "their sending alone is measured")
        if opened.peer < 0 and self._observed.answered is not None:
            self._tell_peer(opened, self._observed.answered, response)
        if answer.open and answer.status != _SWITCHED:  # else no body comes, but a WebSocket
            exchanges.await_body(opened, response, getattr(response, self._observed.stands_on, None))
        else:
            exchanges.end(opened, opened.returned_ns)

    def _begin(self, args: Any, kwargs: Any) -> Open | None:
        if not is_request(self._observed, args, kwargs):
            return None
        opened = self._exchanges.begin(self.number, self._observed.blocking, sys._getframe(2))
        if opened is not None:
            opened.instance = self._objects.number_of(args[0]) if args else -1
            if not self._observed.dials:
                self._tell_peer(opened, self._observed.peer, args, kwargs)
        return opened

    def _moment(self, mark: Mark) -> None:
        """The client, called by another one, has the headers or is done: an own call's moments are its return and its end,
        but this call belongs to the other one's exchange."""
        exchanges = self._exchanges
        opened = exchanges.detailed.get(exchanges.current.get(-1)) if self._observed.implied else None
        if opened is None or opened.client == self.number:
            return
        try:
            opened.lane.mark(opened.number, int(mark), perf_counter_ns())
        except Exception as error:
            self._failures.remove(f"marks of {self._observed.client}", error)

    def dialled(self, args: Any, kwargs: Any) -> None:
        """A function inside that knows whom the client calls."""
        opened = self._exchanges.outer()
        if opened is not None and opened.peer < 0:
            self._tell_peer(opened, self._observed.peer, args, kwargs)

    def _entry(self, function: Callable[..., Any]) -> Callable[..., Any]:
        exchanges, current = self._exchanges, self._exchanges.current
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                try:
                    outer = exchanges.outer() if current.get(-1) >= 0 else None
                    if outer is not None:
                        if outer.peer < 0:
                            self._tell_peer(outer, self._observed.peer, args, kwargs)
                        response = await function(*args, **kwargs)
                        self._moment(Mark.HEADERS)
                        return response
                    opened = self._begin(args, kwargs)
                    if opened is None:
                        return await function(*args, **kwargs)
                    try:
                        response = await function(*args, **kwargs)
                    except BaseException as error:
                        if opened.peer < 0 and self._observed.meant is not None:
                            self._tell_peer(opened, self._observed.meant, args, kwargs)
                        exchanges.returned(opened, error)
                        raise
                except BaseException as error:
                    unseen(error)
                    raise
                self._answered(opened, response)
                return response

            return awaited

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            try:
                outer = exchanges.outer()
                if outer is not None:
                    if outer.peer < 0:
                        self._tell_peer(outer, self._observed.peer, args, kwargs)
                    response = function(*args, **kwargs)
                    self._moment(Mark.HEADERS)
                    return response
                opened = self._begin(args, kwargs)
                if opened is None:
                    return function(*args, **kwargs)
                try:
                    response = function(*args, **kwargs)
                except BaseException as error:
                    carried = answer_in(self._observed, error)
                    if carried is None:
                        exchanges.returned(opened, error)
                    else:
                        self._answered(opened, carried)
                    raise
            except BaseException as error:
                unseen(error)
                raise
            self._answered(opened, response)
            return response

        return called

    def _body(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """What reads the whole body: it works for the exchange, which ends as it returns."""
        exchanges = self._exchanges
        bodies = exchanges.bodies
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(response: Any, *args: Any, **kwargs: Any) -> Any:
                opened = bodies.get(id(response))
                token = self._resume(opened) if opened is not None and opened.window else None
                try:
                    return await function(response, *args, **kwargs)
                except BaseException as error:
                    unseen(error)
                    self._broke(opened, error)
                    raise
                finally:
                    if opened is not None:
                        self._finish(opened, token, response)
                    else:
                        self._moment(Mark.DONE)

            return awaited

        @functools.wraps(function)
        def called(response: Any, *args: Any, **kwargs: Any) -> Any:
            opened = bodies.get(id(response))
            token = self._resume(opened) if opened is not None and opened.window else None
            try:
                return function(response, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                self._broke(opened, error)
                raise
            finally:
                if opened is not None:
                    self._finish(opened, token, response)
                else:
                    self._moment(Mark.DONE)

        return called

    def _closer(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """What closes the response: as reading it, but nothing is known of the body."""
        return self._body(function)

    def _broke(self, opened: Open | None, error: BaseException) -> None:
        """The body did not come whole: its exchange has failed."""
        if opened is None:
            return
        try:
            self._exchanges.broke(opened, error)
        except Exception as problem:
            self._failures.remove(f"bodies of {self._observed.client}", problem)

    def _resume(self, opened: Open) -> Any:
        now_ns, current = perf_counter_ns(), self._exchanges.current
        if current.get(-1) != opened.number:
            # The outermost: what reads the whole body releases the response inside.
            opened.resumed_ns = now_ns
        if opened.lane.window:
            opened.lane.split(opened.number, now_ns)
        return current.set(opened.number)

    def _finish(self, opened: Open, token: Any, response: Any) -> None:
        if token is None:
            # Not detailed: its end is counted, and nothing else is asked.
            self._exchanges.closed(response)
            return
        current = self._exchanges.current
        try:
            before = current.get(-1) if token.old_value is token.MISSING else token.old_value
            try:
                current.reset(token)
                before = current.get(-1)
            except ValueError:
                current.set(before)
            if opened.lane.window:
                opened.lane.split(before, perf_counter_ns())
            try:
                answer = self._observed.response(response)
                opened.status, opened.body_bytes = answer.status or opened.status, answer.body_bytes
            except Exception:
                opened.body_bytes = -1  # closed before it was read, in a version that forgets then
            self._exchanges.closed(response)
        except Exception as error:
            self._failures.remove(f"bodies of {self._observed.client}", error)
