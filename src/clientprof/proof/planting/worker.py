"""The planted worker: applies the patches, then is the ordinary worker under its ordinary lenses.

The patches go in before the adapter looks for its boundaries, as those of a user's program would.
"""

import asyncio
import os
import random
import sys
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns
from typing import Any

from clientprof.clients.adapter import Adapter
from clientprof.model.run import RoundKind
from clientprof.probes.observation_points import find
from clientprof.probes.sampling.sampler import Sampler
from clientprof.proof.planting.dose import Dose
from clientprof.proof.planting.orders import BlockOrder, Orders, column
from clientprof.proof.planting.wrappers import count_collections, wrap
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses import LENSES, THREAD_LENSES
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.settings import WorkerSettings
from clientprof.workload.worker import main

DOSES: list[Dose] = []


def plant(orders: Orders) -> None:
    """Patch the client.

    Raises:
        LookupError: the installed version has no such function.
    """
    for number, order in enumerate(orders.plants):
        seam = find(order.target)
        if seam is None:
            raise LookupError(f"nothing to plant at {order.target}")
        dose = Dose()
        DOSES.append(dose)
        if order.kind == "litter":
            count_collections(dose)
        wrapper = wrap(seam.function, dose, order.kind, order.name, number, keep_name=orders.keep_names)
        setattr(seam.owner, seam.name, seam.kept_kind(wrapper))


class Blocker:
    """A part of the user's program that holds the loop, in blocks; each block's instants are recorded."""

    def __init__(self, order: BlockOrder, recorder: Recorder) -> None:
        self._order = order
        self._started = recorder.column("block.started_ns")
        self._ended = recorder.column("block.ended_ns")

    def begin(self) -> None:
        """Hold the loop ``after_ns`` from now, for all blocks one after the other."""
        asyncio.get_running_loop().call_later(self._order.after_ns / 1e9, self._queue_blocks)

    def _queue_blocks(self) -> None:
        for _ in range(self._order.count):
            asyncio.get_running_loop().call_soon(self.hold_the_loop)

    def hold_the_loop(self) -> None:
        """One block."""
        self._started.append(perf_counter_ns())
        until = thread_time_ns() + self._order.block_ns
        while thread_time_ns() < until:
            pass
        self._ended.append(perf_counter_ns())


class HandlerClock:
    """The CPU that the sampler takes: its handler's, measured around it, and the signal's own as the lens knows it."""

    def __init__(self, lens: Any) -> None:
        self._lens = lens
        self._handler_ns = 0
        self._signals = 0
        self._handler = lens.sampler._on_signal
        lens.sampler._on_signal = self._on_signal

    def spent_ns(self) -> int:
        return self._handler_ns + self._signals * int(self._lens.signal_ns)

    def _on_signal(self, number: int, frame: Any) -> None:
        began = thread_time_ns()
        self._handler(number, frame)
        self._signals += 1
        self._handler_ns += thread_time_ns() - began


def dosed(kind: type[Lens], orders: Orders) -> type[Lens]:
    """The lens, with the doses set before each warm round and the accounts written after it."""
    generator = random.Random(orders.seed)
    places = min((len(order.doses_ns) for order in orders.plants), default=1)

    class Dosed(kind):  # type: ignore[valid-type,misc]
        def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
            super().__init__(settings, adapter, recorder)
            self._blocker = None if orders.blocks is None else Blocker(orders.blocks, recorder)
            self._measured = 0
            self._place = 0
            self._decks: list[list[int]] = [[] for _ in orders.plants]
            rows: Callable[[], int] = recorder.column("sample.at_ns").__len__
            # Its wrapper is itself seen by the sampler: 2 us a sample, so only where the truth cannot do without it.
            litter = any(order.kind == "litter" for order in orders.plants)
            sampling = isinstance(getattr(self, "sampler", None), Sampler)
            handled = HandlerClock(self) if litter and sampling else None
            for dose in DOSES:
                dose.samples = rows
                if handled is not None:
                    dose.instrument_ns = handled.spent_ns

        def begin(self, kind: RoundKind) -> None:
            measured = kind is RoundKind.MEASURED
            for number, order in enumerate(orders.plants):
                DOSES[number].reset(order.doses_ns[self._draw(number)] if measured else 0)
            super().begin(kind)
            if measured and self._blocker is not None and self._measured % 2:
                self._blocker.begin()

        def _draw(self, number: int) -> int:
            deck = self._decks[0 if orders.together else number]
            if orders.together and number:
                return int(self._place)
            if not deck:
                deck.extend(range(places))
                generator.shuffle(deck)
            place = self._place = deck.pop()
            return place

        def end(self, kind: RoundKind) -> None:
            super().end(kind)
            if kind is not RoundKind.MEASURED:
                return
            self._measured += 1
            for number, dose in enumerate(DOSES):
                for name, value in dose.row().items():
                    self.recorder.column(column(number, name)).append(value)

    return Dosed


if __name__ == "__main__":
    ORDERS = Orders.read(dict(os.environ))
    plant(ORDERS)
    for lenses in (LENSES, THREAD_LENSES):
        lenses.update({name: dosed(kind, ORDERS) for name, kind in lenses.items()})
    sys.exit(main())
