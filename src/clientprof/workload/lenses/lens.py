"""What every lens is to its worker: instruments that are put in, told of rounds, taken out, and asked what they saw."""

import asyncio
from collections.abc import Callable

from clientprof.clients.adapter import Adapter, ClientOptions
from clientprof.model.run import CallCount, CallEdge, Counter, RoundKind
from clientprof.model.samples import CodeLocation
from clientprof.probes.failures import Failures
from clientprof.recording.recorder import Recorder
from clientprof.workload.load.scenario import Loop
from clientprof.workload.loops import plain_loop_factory
from clientprof.workload.rounds import Rounds
from clientprof.workload.sequence import Operations, Teller, sequence
from clientprof.workload.settings import WorkerSettings


class Lens:
    """A set of instruments. ``tagged`` lenses know each exchange; ``finale`` asks for one more round.

    ``interval_us`` is that between samples, on average. ``rounds`` are those of the worker, once they are known.
    """

    tagged = True
    stamped = False
    finale = False

    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        self.settings = settings
        self.adapter = adapter
        self.recorder = recorder
        self.signal_ns = 0
        self.interval_us = settings.interval_us
        self.notes: list[str] = []
        self.missing: list[str] = []
        self.failures = Failures()
        self.rounds: Rounds | None = None

    @property
    def loop(self) -> Loop:
        """What runs the client."""
        return self.settings.scenario.loop

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        """What makes the worker's event loop, where that is asyncio's or uvloop."""
        return plain_loop_factory(self.loop)

    def trio_instruments(self) -> tuple[object, ...]:
        """What ``trio.run`` gets as instruments."""
        return ()

    def operations(self, options: ClientOptions, parent: Teller) -> Operations:
        """What the worker does, in order."""
        return sequence(self.settings, options, self, parent)

    def install(self) -> None:
        """Put the instruments in, before the first client is built."""

    def begin_turn(self) -> None:
        """From now on this worker is the one that is measured, and others rest: the time to measure what the lens costs."""

    def uninstall(self) -> None:
        """Take them out; everything patched is as before."""

    def begin(self, kind: RoundKind) -> None:
        """A round starts."""

    def end(self, kind: RoundKind) -> None:
        """A round has ended."""

    def begin_thread(self, kind: RoundKind) -> None:
        """A thread of a blocking client starts its part of a round; called in it."""

    def end_thread(self, kind: RoundKind) -> None:
        """It has done its part."""

    def begin_finale(self) -> None:
        """The extra round starts, for instruments too heavy to run in a measured one."""

    def end_finale(self, requests: int) -> None:
        """The extra round has ended after that many requests."""

    def codes(self) -> tuple[CodeLocation, ...]:
        """What the ``frame.code`` column points into."""
        return ()

    def counters(self) -> tuple[Counter, ...]:
        return ()

    def calls(self) -> tuple[CallCount, ...]:
        return ()

    def call_edges(self) -> tuple[CallEdge, ...]:
        return ()
