"""A client as the field writes them, every piece of its work and every wait taken from the plan.

Its functions carry the same marks, through the same wrapper, as those of the real clients; the truth is told in the
same places by the script itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from clientprof.model.layers import Layer
from clientprof.model.phases import Mark, Phase
from clientprof.probes.boundary_marks import marked
from clientprof.probes.observation_points import MarkSpec
from clientprof.proof.plan import ExchangePlan, Order
from clientprof.proof.scripted_pool import ScriptedPool
from clientprof.proof.scripted_world import Connection, World


class Taken(Exception):
    """The connection in hand is another's already; ask again."""


class ScriptedClient:
    """``fetch`` plays one exchange."""

    def __init__(self, world: World, order: Order, connections: int) -> None:
        self._world = world
        self._slots: ScriptedPool[Connection | None] = ScriptedPool(world, [None] * connections)
        self._lock: ScriptedPool[None] = ScriptedPool(world, [None])
        self.opened: list[Connection] = []
        self.fetch: Callable[[int, ExchangePlan], Awaitable[None]]
        stamp = self._stamped
        self._tcp = stamp(self._tcp, Mark.TCP_START, Mark.TCP_END)  # type: ignore[method-assign]
        self._tls = stamp(self._tls, Mark.TLS_START, Mark.TLS_END)  # type: ignore[method-assign]
        if order is Order.POOL_FIRST:
            self.fetch = self._fetch_pool_first
            self._handle = stamp(self._handle, Mark.POOL_ENQUEUE, Mark.HEADERS)  # type: ignore[method-assign]
            self._in_hand = stamp(self._in_hand, Mark.POOL_ACQUIRED, None)  # type: ignore[method-assign]
            self._give_back = stamp(self._give_back, Mark.DONE, Mark.RELEASED)  # type: ignore[method-assign]
        else:
            self.fetch = self._fetch_connected_first
            self._connect = stamp(self._connect, Mark.POOL_ENQUEUE, Mark.POOL_ACQUIRED)  # type: ignore[method-assign]
            self._head = stamp(self._head, None, Mark.HEADERS)  # type: ignore[method-assign]
            self._body = stamp(self._body, None, Mark.DONE)  # type: ignore[method-assign]
            self._give_back = stamp(self._give_back, None, Mark.RELEASED)  # type: ignore[method-assign]

    def _stamped(self, function: Callable[..., object], enter: Mark | None, leave: Mark | None) -> Any:
        return marked(function, MarkSpec("scripted", enter, leave), self._world.recorder)

    async def _fetch_pool_first(self, x: int, plan: ExchangePlan) -> None:
        self._world.work(plan.prepare_ns, Layer.API, x)
        connection, end = await self._handle(x, plan)
        self._phase(x, Phase.BODY)
        try:
            await self._body(x, plan, end)
        except BaseException:
            self._drop(connection)
            raise
        self._phase(x, Phase.RELEASE)
        self._give_back(x, plan, connection)

    async def _handle(self, x: int, plan: ExchangePlan) -> "tuple[Connection, asyncio.Future[None]]":
        self._phase(x, Phase.POOL)
        await self._door(x, plan)
        for attempt in range(plan.rejections + 1):
            slot = await self._slots.take(x)
            try:
                return await self._in_hand(x, plan, slot, attempt)
            except Taken:
                self._slots.give(slot)
        raise AssertionError("unreachable")

    async def _in_hand(
        self, x: int, plan: ExchangePlan, slot: Connection | None, attempt: int
    ) -> "tuple[Connection, asyncio.Future[None]]":
        if attempt < plan.rejections:
            self._world.work(plan.setup_ns, Layer.CONCURRENCY, x)
            raise Taken
        connection = slot if slot is not None and not slot.closed else None
        try:
            if connection is None:
                self._phase(x, Phase.CONNECT)
                self._world.work(plan.setup_ns, Layer.CONNECT, x)
                connection = await self._open(x, plan)
            self._phase(x, Phase.SEND)
            head, end = self._send(x, plan, connection)
            await self._head(x, plan, head)
        except BaseException:
            self._drop(connection)
            raise
        return connection, end

    async def _fetch_connected_first(self, x: int, plan: ExchangePlan) -> None:
        self._world.work(plan.prepare_ns, Layer.API, x)
        connection = await self._connect(x, plan)
        self._phase(x, Phase.SEND)
        try:
            head, end = self._send(x, plan, connection)
            # As aiohttp does, the connection goes back to the pool while the end of its response is parsed.
            connection.on_end = lambda: self._give_back(x, plan, connection)
            await self._head(x, plan, head)
            self._phase(x, Phase.BODY)
            await self._body(x, plan, end)
        except BaseException:
            if connection.exchange == x and connection.on_end is not None:
                connection.on_end = None
                self._drop(connection)
            raise
        self._phase(x, Phase.RELEASE)

    async def _connect(self, x: int, plan: ExchangePlan) -> Connection:
        self._phase(x, Phase.POOL)
        await self._door(x, plan)
        slot = await self._slots.take(x)
        if slot is not None and not slot.closed:
            self._world.work(plan.setup_ns, Layer.POOL, x)
            return slot
        try:
            connection = await self._open(x, plan)
        except BaseException:
            self._slots.give(None)
            raise
        self._world.work(plan.setup_ns, Layer.CONNECT, x)
        return connection

    async def _door(self, x: int, plan: ExchangePlan) -> None:
        """A lock around the pool's own work, which may yield while it is held."""
        await self._lock.take(x)
        try:
            self._world.work(plan.door_ns, Layer.POOL, x)
            for _ in range(plan.lock_yields):
                self._world.truth.woken(x, self._world.clock.now_ns)
                await self._until(x, asyncio.sleep(0))
                self._world.work(plan.door_ns, Layer.POOL, x)
        finally:
            self._lock.give(None)

    async def _open(self, x: int, plan: ExchangePlan) -> Connection:
        connection = await self._tcp(x, plan)
        if plan.tls_wait_ns is not None:
            try:
                await self._tls(x, plan, plan.tls_wait_ns)
            except BaseException:
                connection.close()
                raise
        return connection

    async def _tcp(self, x: int, plan: ExchangePlan) -> Connection:
        self._phase(x, Phase.CONNECT)
        await self._sleep(x, plan.connect_wait_ns)
        connection = Connection(self._world, x)
        self.opened.append(connection)
        loop = asyncio.get_running_loop()
        connection.transport = loop._make_socket_transport(connection.sock, connection)  # type: ignore[attr-defined]
        return connection

    async def _tls(self, x: int, plan: ExchangePlan, wait_ns: int) -> None:
        self._phase(x, Phase.TLS)
        self._world.work(plan.setup_ns, Layer.TLS, x)
        await self._sleep(x, wait_ns)

    def _send(
        self, x: int, plan: ExchangePlan, connection: Connection
    ) -> "tuple[asyncio.Future[None], asyncio.Future[None]]":
        loop = asyncio.get_running_loop()
        head, end = loop.create_future(), loop.create_future()
        connection.begin(x, plan, head, end)
        self._world.work(plan.write_ns, Layer.HTTP, x)
        connection.transport.write(b"request")
        self._phase(x, Phase.WAIT)
        return head, end

    async def _head(self, x: int, plan: ExchangePlan, head: "asyncio.Future[None]") -> None:
        if plan.timeout_ns is None:
            await self._until(x, head)
        else:
            due_ns = self._world.clock.now_ns + plan.timeout_ns
            async with asyncio.timeout(plan.timeout_ns / 1e9) as limit:
                try:
                    await head
                finally:
                    # A timer that is due and taken back before it runs wakes nobody.
                    if limit.expired():
                        self._world.truth.woken(x, due_ns)
                    self._world.truth.resumed(x, self._world.clock.now_ns)
        self._world.work(plan.headers_ns, Layer.HTTP, x)

    async def _body(self, x: int, plan: ExchangePlan, end: "asyncio.Future[None]") -> None:
        if not end.done():
            await self._until(x, end)
        self._world.work(plan.decode_ns, Layer.DECODE, x)

    def _give_back(self, x: int, plan: ExchangePlan, connection: Connection) -> None:
        connection.on_end = None
        self._world.work(plan.release_ns, Layer.POOL, x)
        self._slots.give(connection)

    def _drop(self, connection: Connection | None) -> None:
        if connection is not None:
            connection.close()
        self._slots.give(None)

    async def _sleep(self, x: int, ns: int) -> None:
        loop = asyncio.get_running_loop()
        due_ns = self._world.clock.now_ns + ns
        over: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            # Told here and not beforehand: a timer that is due and taken back before it runs wakes nobody.
            self._world.truth.woken(x, due_ns)
            if not over.done():
                over.set_result(None)

        timer = loop.call_later(ns / 1e9, wake)
        try:
            await over
        finally:
            timer.cancel()
            self._world.truth.resumed(x, self._world.clock.now_ns)

    async def _until(self, x: int, awaitable: Awaitable[None]) -> None:
        try:
            await awaitable
        finally:
            self._world.truth.resumed(x, self._world.clock.now_ns)

    def _phase(self, x: int, phase: Phase) -> None:
        self._world.truth.phase(x, phase, self._world.clock.now_ns)
