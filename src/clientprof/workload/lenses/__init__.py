"""The lenses: which instruments are in a worker, and when they run. One lens a process, none disturbs another.

A new lens is a class of ``lens.Lens``, a row here for each kind of client that it can watch, and a row in
``model.lenses.LENS_RUNS``, which says how long it runs.
"""

from clientprof.clients.adapter import Adapter, SyncAdapter
from clientprof.clients.named_classes import NamedClasses
from clientprof.workload.lenses.lens import Lens

LENSES: NamedClasses[Lens] = NamedClasses(
    __name__,
    {
        "control": "control_lens:ControlLens",
        "ledger": "async_lenses:LedgerLens",
        "sample": "async_lenses:SampleLens",
        "count": "count_lens:CountLens",
        "pyinstrument": "pyinstrument_lens:PyinstrumentLens",
        "tachyon": "tachyon:TachyonLens",
        "memory": "memory_lens:MemoryLens",
    },
)

THREAD_LENSES: NamedClasses[Lens] = NamedClasses(
    __name__,
    {
        "control": "control_lens:ControlLens",
        "ledger": "thread_lenses:ThreadLedgerLens",
        "sample": "thread_lenses:ThreadSampleLens",
        "count": "count_lens:CountLens",
        "memory": "memory_lens:MemoryLens",
    },
)


def lenses_of(adapter: Adapter) -> NamedClasses[Lens]:
    """The lenses that a client can be measured under: those of blocking clients, or those of clients on an event loop."""
    return THREAD_LENSES if isinstance(adapter, SyncAdapter) else LENSES
