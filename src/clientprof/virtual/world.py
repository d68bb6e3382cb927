"""Putting a process into the world in memory: time, chance, sockets. Before anything that takes them by name is imported."""

import json
import os
import random
import select
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clientprof.virtual.agenda import Agenda
from clientprof.virtual.clock import VirtualClock
from clientprof.virtual.network import Network
from clientprof.virtual.readiness import MemoryPoll, MemorySelector, memory_select
from clientprof.virtual.sockets import MemorySocket, memory_pair

VARIABLE = "CLIENTPROF_VIRTUAL_WORLD"


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """What the origin of the world is: its options (of ``origin.options``), where it listens, its certificate (PEM)."""

    options: Mapping[str, Any]
    addresses: tuple[tuple[str, int], ...]
    certificate: str | None = None
    http2: bool = False

    def environment(self) -> dict[str, str]:
        """Variables for the process: the plan, and what makes an interpreter do the same in every run."""
        plan = {
            "options": dict(self.options), "addresses": self.addresses, "certificate": self.certificate,
            "http2": self.http2,
        }  # fmt: skip
        return {VARIABLE: json.dumps(plan), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC"}

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "WorldPlan":
        """What ``environment()`` wrote."""
        plan = json.loads(environment[VARIABLE])
        addresses = tuple((str(host), int(port)) for host, port in plan["addresses"])
        return cls(plan["options"], addresses, plan["certificate"], plan["http2"])


class World:
    """The clock, the agenda and the network of one process."""

    def __init__(self, seed: int) -> None:
        self.clock = VirtualClock()
        self.agenda = Agenda()
        self.network = Network()
        self._chance = random.Random(seed)
        self._seed = seed
        MemorySocket.network = MemoryPoll.network = self.network
        self.selector = MemorySelector(self.network, self.clock, self.agenda)

    def enter(self) -> None:
        """From here on the process lives in it; there is no way out."""
        self._enter_time()
        random.seed(self._seed)
        os.urandom = random._urandom = self._chance.randbytes  # type: ignore[attr-defined]
        select.select = memory_select(self.network)
        if hasattr(select, "poll"):
            select.poll = MemoryPoll  # type: ignore[assignment,misc]
        socket.socket = MemorySocket  # type: ignore[misc]
        socket.socketpair = memory_pair
        socket.getaddrinfo = self._getaddrinfo

    def _getaddrinfo(
        self,
        host: Any,
        port: Any,
        family: int = 0,
        type: int = 0,  # noqa: A002
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        return list(self.network.resolve(host, port, type, proto))

    def _enter_time(self) -> None:
        clock = self.clock
        time.monotonic = time.perf_counter = clock.seconds
        time.monotonic_ns = time.perf_counter_ns = clock.read
        time.time, time.time_ns = clock.calendar_s, clock.calendar_ns
        time.sleep = clock.sleep  # type: ignore[assignment]
        for name in ("gmtime", "localtime"):
            setattr(time, name, _of_now(getattr(time, name), clock))

    def loop(self) -> Any:
        """A new event loop in it."""
        from clientprof.virtual.loop import VirtualLoop

        return VirtualLoop(self.selector, self.network, self.clock, self.agenda)

    def serve(self, plan: WorldPlan) -> None:
        """Let the origin listen.

        Raises:
            OriginError: what it needs is not installed.
        """
        from clientprof.origin.options import Options
        from clientprof.virtual.serving import serve

        context = None
        if plan.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.set_alpn_protocols(["h2", "http/1.1"] if plan.http2 else ["http/1.1"])
            context.load_cert_chain(plan.certificate)
        serve(self.network, self.clock, self.agenda, Options(**plan.options), plan.addresses, context)


def _of_now(function: Callable[..., time.struct_time], clock: VirtualClock) -> Callable[..., time.struct_time]:
    def of(seconds: float | None = None) -> time.struct_time:
        return function(clock.calendar_s() if seconds is None else seconds)

    return of
