"""The stage: clock, agenda, truth, samples, and the server's side of every connection."""

import socket
from asyncio import BaseTransport, Future, Protocol, Transport
from collections.abc import Callable

from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.proof.exact_samples import ExactSamples
from clientprof.proof.plan import ExchangePlan
from clientprof.proof.truth import Truth
from clientprof.recording.recorder import Recorder
from clientprof.virtual.agenda import Agenda
from clientprof.virtual.clock import VirtualClock

HEAD, END = b"h", b"e"


class World:
    """Everything that happens outside the client's code, and what its code costs."""

    def __init__(self, recorder: Recorder, transit_ns: int) -> None:
        self.recorder = recorder
        self.clock = VirtualClock()
        self.agenda = Agenda()
        self.truth = Truth()
        self.samples = ExactSamples(recorder)
        self.transit_ns = transit_ns

    def work(self, ns: int, layer: Layer, actor: int) -> None:
        """The loop is held for ``ns``; the sample comes at the end, as a signal's would."""
        if ns <= 0:
            return
        began_ns = self.clock.now_ns
        self.clock.now_ns += ns
        self.truth.worked(began_ns, self.clock.now_ns, actor, layer)
        self.samples.add(self.clock.now_ns, ns, layer, actor)

    def collect(self, ns: int, actor: int) -> None:
        """A garbage collection holds the loop."""
        if ns <= 0:
            return
        began_ns = self.clock.now_ns
        self.clock.now_ns += ns
        self.truth.worked(began_ns, self.clock.now_ns, actor, Layer.GC)
        rows = (("started_ns", began_ns), ("ended_ns", self.clock.now_ns), ("generation", 2), ("collected", 0))
        for name, value in rows:
            self.recorder.column(f"gc.{name}").append(value)


class ScriptedSocket(socket.socket):
    """A real socket whose sends take simulated time."""

    on_send: Callable[[], None]

    def send(self, data: object, flags: int = 0) -> int:
        self.on_send()
        return super().send(data, flags)  # type: ignore[arg-type]


class Connection(Protocol):
    """One connection, both ends: the client's protocol, and the server that answers by the plan of the request."""

    transport: Transport

    def __init__(self, world: World, opener: int) -> None:
        self._world = world
        self.opener = opener
        self._made_ns = world.clock.now_ns
        ours, self.peer = socket.socketpair()
        ours.setblocking(False)
        self.peer.setblocking(False)
        self.sock = ScriptedSocket(fileno=ours.detach())
        self.sock.on_send = self._sending
        self.exchange = -1
        self.plan = ExchangePlan()
        self.closed = False
        self.on_end: Callable[[], None] | None = None

    def begin(self, exchange: int, plan: ExchangePlan, head: "Future[None]", end: "Future[None]") -> None:
        """The next request on this connection."""
        self.exchange, self.plan, self._head, self._end = exchange, plan, head, end

    def connection_made(self, transport: BaseTransport) -> None:
        # Queued when the transport was made, and with it the registration of its reader.
        world = self._world
        world.truth.exchanges[self.opener].ready.append((self._made_ns, world.clock.now_ns))

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.transport.abort()
            self.peer.close()

    def _sending(self) -> None:
        world, exchange, plan = self._world, self.exchange, self.plan
        world.work(plan.send_ns, Layer.IO, exchange)
        mine = world.truth.exchanges[exchange]
        mine.received_ns = world.clock.now_ns + world.transit_ns
        mine.written_ns = mine.received_ns + plan.server_ns
        mine.arrived_ns = mine.written_ns + world.transit_ns
        if plan.body_after_ns is None:
            self._deliver(mine.arrived_ns, exchange, HEAD + END)
        else:
            self._deliver(mine.arrived_ns, exchange, HEAD)
            self._deliver(mine.arrived_ns + plan.body_after_ns, exchange, END)

    def _deliver(self, at_ns: int, exchange: int, data: bytes) -> None:
        def arrive(now_ns: int) -> None:
            if not self.closed and self.exchange == exchange:
                self.peer.send(data)
                self._world.truth.arrived(exchange, now_ns)

        self._world.agenda.add(at_ns, arrive)

    def data_received(self, data: bytes) -> None:
        world, exchange = self._world, self.exchange
        world.truth.read(exchange, world.clock.now_ns)
        if HEAD in data:
            world.truth.phase(exchange, Phase.HEADERS, world.clock.now_ns)
        world.work(self.plan.parse_ns, Layer.HTTP, exchange)
        world.collect(self.plan.collect_ns, exchange)
        for sign, future in ((HEAD, self._head), (END, self._end)):
            if sign in data and not future.done():
                future.set_result(None)
                world.truth.woken(exchange, world.clock.now_ns)
        if END in data and self.on_end is not None:
            self.on_end()
