"""The lenses: which instruments are in a worker, and when they run. One lens a process, none disturbs another.

A new lens is a class of ``lens.Lens``, a row here for each kind of client that it can watch, and a row in
``model.lenses.LENS_RUNS``, which says how long it runs.
"""

from clientprof.clients.adapter import Adapter, SyncAdapter
from clientprof.workload.lenses.async_lenses import ControlLens, CountLens, LedgerLens, PyinstrumentLens, SampleLens
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.lenses.memory_lens import MemoryLens
from clientprof.workload.lenses.tachyon import TachyonLens
from clientprof.workload.lenses.thread_lenses import ThreadLedgerLens, ThreadSampleLens

LENSES: dict[str, type[Lens]] = {
    "control": ControlLens,
    "ledger": LedgerLens,
    "sample": SampleLens,
    "count": CountLens,
    "pyinstrument": PyinstrumentLens,
    "tachyon": TachyonLens,
    "memory": MemoryLens,
}

THREAD_LENSES: dict[str, type[Lens]] = {
    "control": ControlLens,
    "ledger": ThreadLedgerLens,
    "sample": ThreadSampleLens,
    "count": CountLens,
    "memory": MemoryLens,
}


def lenses_of(adapter: Adapter) -> dict[str, type[Lens]]:
    """The lenses that a client can be measured under: those of blocking clients, or those of clients on an event loop."""
    return THREAD_LENSES if isinstance(adapter, SyncAdapter) else LENSES
