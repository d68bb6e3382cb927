"""Stamps at the entry and exit of the functions an adapter names: the pool's door, headers, body, release.

The exchange of a mark is the owner of the loop's current step, which the transport corrects for socket reads; a context
variable alone would name whoever opened the connection. On a loop without steps (uvloop) it is all there is; the marks that
phases rest on are all made in the request's own task, where it is right.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import Any

from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.observation_points import MarkSpec, find
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder


def install_marks(
    specs: Sequence[MarkSpec], recorder: Recorder, patches: Patches, failures: Failures | None = None
) -> list[str]:
    """Wrap the functions; returns the targets that the installed version does not have.

    Functions that are of another kind than stated stay as they are, and are noted in ``failures``.
    """
    failures = failures or Failures()
    missing: list[str] = []
    for spec in specs:
        seam = find(spec.target, loaded=spec.optional)
        if seam is None:
            if not spec.optional:
                missing.append(spec.target)
            continue
        fault = spec.fault(seam.function)
        if fault is None and not seam.replace(marked(seam.function, spec, recorder, failures), patches):
            fault = "cannot be replaced"
        if fault is not None:
            failures.leave_out(f"marks of {spec.target}", fault)
    return missing


def marked(
    function: Callable[..., Any], spec: MarkSpec, recorder: Recorder, failures: Failures | None = None
) -> Callable[..., Any]:
    """The function, stamping the marks of ``spec``; coroutine functions stay coroutine functions."""
    at = recorder.column("mark.at_ns").append
    exchange = recorder.column("mark.exchange").append
    kind = recorder.column("mark.kind").append
    owners = recorder.column("step.owner")
    enter, leave = spec.enter, spec.leave
    given = _Given(spec, recorder, failures or Failures()) if spec.connection else None

    def stamp(mark: int) -> None:
        nonlocal at, exchange, kind
        try:
            exchange(owners[-1] if owners else EXCHANGE.get(-1))
            kind(mark)
            at(perf_counter_ns())
        except Exception as error:
            at = exchange = kind = ignore
            (failures or Failures()).remove(f"marks of {spec.target}", error)
            recorder.level("mark")

    if leave is None:

        @functools.wraps(function)
        def entered(*args: Any, **kwargs: Any) -> Any:
            stamp(enter)  # type: ignore[arg-type]
            if given is not None:
                given.note(args[0])
            return function(*args, **kwargs)

        return entered
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            if enter is not None:
                stamp(enter)
            try:
                waiting = function(*args, **kwargs)
                # Kept, they would be objects more for each call under way, and collections would come sooner.
                del args, kwargs
                result = await waiting
                if given is not None:
                    given.note(result)
                return result
            finally:
                stamp(leave)

        return awaited

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if enter is not None:
            stamp(enter)
        try:
            return function(*args, **kwargs)
        finally:
            stamp(leave)

    return called


class _Given:
    """Writes ``given.*``: which connection an exchange was given, and when; nothing where its transport is not stamped."""

    def __init__(self, spec: MarkSpec, recorder: Recorder, failures: Failures) -> None:
        self._ways = [tuple(way.strip().split(".")) for way in spec.connection.split("|")]
        self._recorder = recorder
        self._failures = failures
        self._name = f"connections given out by {spec.target}"
        columns = ("given.at_ns", "given.exchange", "given.connection")
        self._at, self._exchange, self._connection = (recorder.column(name).append for name in columns)

    def note(self, subject: Any) -> None:
        """What the connection's number is, at the end of the first way that there is."""
        try:
            for way in self._ways:
                found = subject
                for name in way:
                    found = getattr(found, name, None)
                number = getattr(found, "connection", None)
                if isinstance(number, int):
                    self._at(perf_counter_ns())
                    self._exchange(EXCHANGE.get(-1))
                    self._connection(number)
                    return
        except Exception as error:
            self._ways = []
            self._failures.remove(self._name, error)
            self._recorder.level("given")
