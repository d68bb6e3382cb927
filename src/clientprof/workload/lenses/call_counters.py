"""Who counts calls in the count lens: ``sys.monitoring`` in the warm rounds, or yappi in a round of its own."""

from typing import Protocol

from clientprof.clients.adapter import Adapter, AsyncAdapter, SyncAdapter
from clientprof.model.run import CallCount, CallEdge
from clientprof.probes.counts.monitored_calls import CannotMonitor, MonitoredCalls
from clientprof.probes.failures import Failures
from clientprof.probes.locations import shorten

Counted = tuple[tuple[CallCount, ...], tuple[CallEdge, ...]]


class CallCounter(Protocol):
    """Counts calls between ``begin`` and ``end`` of a warm round, or in the finale, a round of its own."""

    def install(self) -> None: ...

    def uninstall(self) -> None: ...

    def begin(self) -> None: ...

    def end(self) -> None: ...

    def begin_finale(self) -> None: ...

    def end_finale(self) -> None: ...

    def result(self) -> Counted: ...

    def note(self, requests: int) -> str: ...


class ByMonitoring:
    """Calls of the last warm round, and who called whom in the finale."""

    def __init__(self, adapter: Adapter, failures: Failures) -> None:
        assert isinstance(adapter, AsyncAdapter | SyncAdapter)
        self._calls = MonitoredCalls(adapter.module_layers, failures, getattr(type(adapter).fetch, "__code__", None))
        self.install = self._calls.install
        self.uninstall = self._calls.uninstall
        self.begin = self._calls.begin
        self.end = self._calls.end
        self.begin_finale = self._calls.begin_edges
        self.end_finale = self._calls.end_edges
        self.result = self._calls.result

    def note(self, requests: int) -> str:
        return (
            f"Calls of the client and its libraries were counted over {requests:,} requests, by sys.monitoring; "
            "their callers in a round of its own."
        )


class ByYappi:
    """Calls and callers of all Python code, the standard library's too, in the finale."""

    def __init__(self, adapter: Adapter) -> None:
        self._threads = isinstance(adapter, SyncAdapter)
        self._running = False
        self._result: Counted = ((), ())

    def install(self) -> None:
        """Import it before anything is measured.

        Raises:
            ImportError: yappi is not installed.
        """
        import yappi  # noqa: F401

    def uninstall(self) -> None:
        if self._running:
            import yappi

            yappi.stop()
            yappi.clear_stats()
            self._running = False

    def begin(self) -> None:
        """Nothing: yappi would slow the warm rounds down."""

    end = begin

    def begin_finale(self) -> None:
        import yappi

        yappi.set_clock_type("wall")
        self._running = True
        yappi.start(builtins=False, profile_threads=self._threads)

    def end_finale(self) -> None:
        import yappi

        yappi.stop()
        self._running = False
        stats = list(yappi.get_func_stats())
        places = {stat.index: place for place, stat in enumerate(stats)}
        self._result = (
            tuple(
                CallCount(file=shorten(stat.module)[0], line=stat.lineno, function=stat.name, calls=stat.ncall)
                for stat in stats
            ),
            tuple(
                CallEdge(caller=place, callee=places[child.index], calls=child.ncall)
                for place, stat in enumerate(stats)
                for child in stat.children
                if child.index in places
            ),
        )
        yappi.clear_stats()

    def result(self) -> Counted:
        return self._result

    def note(self, requests: int) -> str:
        return f"Calls were counted over {requests:,} requests, by yappi."


def install_call_counter(adapter: Adapter, failures: Failures) -> tuple[CallCounter | None, str]:
    """The first that can count here, installed; None, with the reason in a sentence, where none can."""
    reasons: list[str] = []
    for make in (lambda: ByMonitoring(adapter, failures), lambda: ByYappi(adapter)):
        counter = make()
        try:
            counter.install()
        except CannotMonitor as error:
            reasons.append(str(error))
        except ImportError:
            reasons.append("yappi is not installed")
        else:
            return counter, ""
    return None, f"Calls were not counted: {'; '.join(reasons)}."
