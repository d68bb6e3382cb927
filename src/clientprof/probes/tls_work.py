"""CPU of making clients, TLS contexts, loading trust stores and shaking hands, told apart at the functions that do it.

All clients on Python's ``ssl`` go through them, on any loop and in threads. The CPU clock is the thread's, so a handshake
that waits for the other side costs nothing meanwhile. What lies inside another is taken out of that: a trust store loaded
while a connection is wrapped (truststore) is the store's.
"""

import ssl
import threading
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns
from typing import Any

from clientprof.model.costs.tls_costs import TlsWork
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.patches import Patches
from clientprof.probes.seam_table import TLS_STORES, TLS_WRAPS, Instrument, fits
from clientprof.recording.recorder import Recorder

_NAME = "TLS costs"


class TlsWorkProbe:
    """Writes ``tls.*`` columns; call ``end_round`` after each round, so that rows of the warm-up can be told."""

    def __init__(self, recorder: Recorder, patches: Patches, failures: Failures) -> None:
        self._recorder, self._patches, self._failures = recorder, patches, failures
        names = ("at_ns", "cpu_ns", "exchange", "kind", "done", "round")
        self._append: list[Callable[[int], Any]] = [recorder.column(f"tls.{name}").append for name in names]
        self._inside = threading.local()
        self._one_row = threading.Lock()  # two threads may end a handshake at once
        self._round = 0

    def install(self, adapter: Any) -> None:
        """Put it in, if it fits this Python's ``ssl``; ``adapter`` is what builds the clients."""
        if not fits(Instrument.TLS_WORK, self._failures):
            return
        self._wrap(adapter, "build", adapter.build, TlsWork.CLIENT)
        self._wrap(ssl.SSLContext, "__new__", ssl.SSLContext.__new__, TlsWork.CONTEXT, staticmethod)
        for name in TLS_STORES:
            self._wrap(ssl.SSLContext, name, getattr(ssl.SSLContext, name), TlsWork.STORE)
        for name in TLS_WRAPS:
            self._wrap(ssl.SSLContext, name, getattr(ssl.SSLContext, name), TlsWork.WRAP)
        for owner in (ssl.SSLObject, ssl.SSLSocket):
            self._wrap(owner, "do_handshake", owner.do_handshake, TlsWork.HANDSHAKE)

    def end_round(self) -> None:
        """Rows from now on are of the next round."""
        self._round += 1

    def _wrap(
        self,
        owner: Any,
        name: str,
        original: Callable[..., Any],
        kind: TlsWork,
        keep: Callable[[Any], Any] | None = None,
    ) -> None:
        inside, handshake = self._inside, kind is TlsWork.HANDSHAKE

        def timed(*args: Any, **kwargs: Any) -> Any:
            at_ns, outer_ns = perf_counter_ns(), getattr(inside, "cpu_ns", 0)
            inside.cpu_ns = 0
            began_ns = thread_time_ns()
            done = 0
            try:
                result = original(*args, **kwargs)
                done = 2 if handshake and args[0].session_reused else 1
                return result
            finally:
                total_ns = thread_time_ns() - began_ns
                own_ns = total_ns - inside.cpu_ns
                inside.cpu_ns = outer_ns + total_ns
                self._record(at_ns, own_ns, int(kind), done)

        self._patches.set(owner, name, timed if keep is None else keep(timed))

    def _record(self, *row: int) -> None:
        at_ns, own_ns, kind, done = row
        try:
            values = (at_ns, own_ns, EXCHANGE.get(-1), kind, done, self._round)
            with self._one_row:
                for append, value in zip(self._append, values, strict=True):
                    append(value)
        except Exception as error:
            self._append = [ignore] * len(self._append)
            self._failures.remove(_NAME, error)
            self._recorder.level("tls")
