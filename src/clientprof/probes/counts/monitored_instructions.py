"""Exact numbers of bytecode instructions by ``sys.monitoring`` (Python 3.12 and newer), by function.

The same finder as for calls, another event: it comes before each instruction of a code that counts, whether the interpreter
has specialized it or not. The standard library's code counts too, as that is where a client's work often lies. It makes the
client several times slower, so it has its place only where time is simulated.
"""

from types import CodeType
from typing import Any

from clientprof.probes.counts.monitored_calls import MonitoredCalls, monitoring


class MonitoredInstructions(MonitoredCalls):
    """``begin``, ``end``, ``counted`` as of calls; there are no edges."""

    standard_library = True

    def uninstall(self) -> None:
        if self._tools:
            monitoring.register_callback(self._tools[0], monitoring.events.INSTRUCTION, None)
        super().uninstall()

    def _events_of(self, code: CodeType) -> int:
        return int(monitoring.events.INSTRUCTION)

    def _entered(self, code: CodeType, offset: int) -> None:
        """An entry is no instruction."""

    def _on_entry(self, callback: Any) -> None:
        if self._tools:
            monitoring.register_callback(self._tools[0], monitoring.events.INSTRUCTION, callback)
