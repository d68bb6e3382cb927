"""A clock that only the script moves."""

from types import ModuleType

from clientprof.probes.patches import Patches

# Not 0, which columns use for "none"; small, so that seconds as floats keep fractions of a nanosecond.
START_NS = 1_000_000_000
# What the calendar shows then: 2026-01-01, 00:00 UTC.
_EPOCH_NS = 1_767_225_600_000_000_000 - START_NS


class VirtualClock:
    """Simulated time in nanoseconds; ``read`` stands in for ``time.perf_counter_ns``."""

    def __init__(self) -> None:
        self.now_ns = START_NS

    def read(self) -> int:
        return self.now_ns

    def seconds(self) -> float:
        """For the event loop. Half a nanosecond is added so that a due time cut to whole nanoseconds is exact."""
        return (self.now_ns + 0.5) / 1e9

    def calendar_ns(self) -> int:
        """Nanoseconds since 1970."""
        return _EPOCH_NS + self.now_ns

    def calendar_s(self) -> float:
        """Seconds since 1970."""
        return self.calendar_ns() / 1e9

    def sleep(self, seconds: float) -> None:
        """What ``time.sleep`` does here: it takes no time of anybody."""
        self.now_ns += round(seconds * 1e9)

    def install(self, modules: tuple[ModuleType, ...], patches: Patches) -> None:
        """Let the modules that imported ``perf_counter_ns`` by name read this clock."""
        for module in modules:
            patches.set(module, "perf_counter_ns", self.read)
