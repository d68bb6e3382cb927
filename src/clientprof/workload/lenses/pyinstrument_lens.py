"""The lens of pyinstrument, for clients on an event loop."""

from clientprof.clients.adapter import Adapter
from clientprof.model.run import RoundKind
from clientprof.model.samples import CodeLocation
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.settings import WorkerSettings


class PyinstrumentLens(Lens):
    """pyinstrument's statistical profiler, its stacks kept in our columns so that both are read by the same rules.

    Its weights are wall time between samples; waiting for the selector counts as such.
    """

    tagged = False

    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        super().__init__(settings, adapter, recorder)
        self._records: list[tuple[tuple[str, ...], float]] = []
        self._profiler: object = None

    def begin(self, kind: RoundKind) -> None:
        if kind is not RoundKind.MEASURED:
            return
        import pyinstrument

        self._profiler = profiler = pyinstrument.Profiler(
            interval=self.settings.interval_us / 1e6, async_mode="disabled"
        )
        profiler.start()

    def uninstall(self) -> None:
        self.end(RoundKind.MEASURED)

    def end(self, kind: RoundKind) -> None:
        if self._profiler is None:
            return
        session = self._profiler.stop()  # type: ignore[attr-defined]
        self._profiler = None
        self._records.extend((tuple(stack), weight) for stack, weight in session.frame_records)

    def codes(self) -> tuple[CodeLocation, ...]:
        from clientprof.workload.lenses.pyinstrument_stacks import record_stacks

        return record_stacks(self._records, self.recorder)
