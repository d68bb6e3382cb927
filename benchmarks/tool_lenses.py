"""The other profilers as lenses, for the benchmarks only: what does looking through each of them cost?

Run as a worker process: adds its lenses to the table and becomes the ordinary worker.
"""

import cProfile
import sys
from typing import Any

from clientprof.model.run import RoundKind
from clientprof.workload.lenses import LENSES
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.worker import main


class ProfileLens(Lens):
    """The standard library's tracing profiler, in C."""

    tagged = False
    _profile: Any = None

    def begin(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED:
            self._profile = cProfile.Profile()
            self._profile.enable()

    def end(self, kind: RoundKind) -> None:
        if self._profile is not None:
            self._profile.disable()
            self._profile = None


class YappiWallLens(Lens):
    """yappi on its wall clock."""

    tagged = False
    clock = "wall"

    def begin(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED:
            import yappi

            yappi.set_clock_type(self.clock)
            yappi.start(builtins=False, profile_threads=False)

    def end(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED:
            import yappi

            yappi.stop()
            yappi.clear_stats()


class YappiCpuLens(YappiWallLens):
    """yappi on its CPU clock: a system call at each entry and exit."""

    clock = "cpu"


LENSES.update({"cProfile": ProfileLens, "yappi-wall": YappiWallLens, "yappi-cpu": YappiCpuLens})

if __name__ == "__main__":
    sys.exit(main())
