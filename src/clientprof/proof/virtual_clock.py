"""A clock that only the script moves."""

from types import ModuleType

from clientprof.probes.patches import Patches

# Not 0, which columns use for "none"; small, so that seconds as floats keep fractions of a nanosecond.
START_NS = 1_000_000_000


class VirtualClock:
    """Simulated time in nanoseconds; ``read`` stands in for ``time.perf_counter_ns``."""

    def __init__(self) -> None:
        self.now_ns = START_NS

    def read(self) -> int:
        return self.now_ns

    def seconds(self) -> float:
        """For the event loop. Half a nanosecond is added so that a due time cut to whole nanoseconds is exact."""
        return (self.now_ns + 0.5) / 1e9

    def install(self, modules: tuple[ModuleType, ...], patches: Patches) -> None:
        """Let the modules that imported ``perf_counter_ns`` by name read this clock."""
        for module in modules:
            patches.set(module, "perf_counter_ns", self.read)
