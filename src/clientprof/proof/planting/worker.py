"""The planted worker: applies the patches, then is the ordinary worker under its ordinary lenses.

The patches go in before the adapter looks for its boundaries, as those of a user's program would.
"""

import asyncio
import os
import random
import sys
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns

from clientprof.clients.adapter import Adapter
from clientprof.model.recording import RoundKind
from clientprof.probes.seams import find
from clientprof.proof.planting.dose import Dose
from clientprof.proof.planting.orders import BlockOrder, Orders, column
from clientprof.proof.planting.wrappers import count_collections, wrap
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses import LENSES, Lens
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
        self._left = 0

    def begin(self) -> None:
        """Hold the loop ``after_ns`` from now."""
        self._left = self._order.count
        asyncio.get_running_loop().call_later(self._order.after_ns / 1e9, self.hold_the_loop)

    def hold_the_loop(self) -> None:
        """One block, then the next one after the loop's turn."""
        self._started.append(perf_counter_ns())
        until = thread_time_ns() + self._order.block_ns
        while thread_time_ns() < until:
            pass
        self._ended.append(perf_counter_ns())
        self._left -= 1
        if self._left:
            asyncio.get_running_loop().call_soon(self.hold_the_loop)


def dosed(kind: type[Lens], orders: Orders) -> type[Lens]:
    """The lens, with the doses set before each measured round and the accounts written after it."""
    generator = random.Random(orders.seed)
    places = min((len(order.doses_ns) for order in orders.plants), default=1)

    class Dosed(kind):  # type: ignore[valid-type,misc]
        def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
            super().__init__(settings, adapter, recorder)
            self._blocker = None if orders.blocks is None else Blocker(orders.blocks, recorder)
            self._measured = 0
            self._decks: list[list[int]] = [[] for _ in orders.plants]
            rows: Callable[[], int] = recorder.column("sample.at_ns").__len__
            for dose in DOSES:
                dose.samples = rows

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
                return self._place
            if not deck:
                deck.extend(range(places))
                generator.shuffle(deck)
            self._place = deck.pop()
            return self._place

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
    LENSES.update({name: dosed(kind, ORDERS) for name, kind in LENSES.items()})
    sys.exit(main())
