"""TLS handshakes, stamped at ``ssl.SSLObject.do_handshake``: the one place that asyncio's and anyio's TLS both use."""

import ssl
from time import perf_counter_ns
from typing import Any

from clientprof.model.recording import HandshakeStep
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder


def install_handshake_stamps(recorder: Recorder, patches: Patches) -> None:
    """Record one row per call of the TLS engine; the engine's time is CPU, it never blocks."""
    original = ssl.SSLObject.do_handshake
    started = recorder.column("handshake.started_ns").append
    ended = recorder.column("handshake.ended_ns").append
    exchange = recorder.column("handshake.exchange").append
    done = recorder.column("handshake.done").append

    def do_handshake(self: Any) -> None:
        started_ns = perf_counter_ns()
        outcome = HandshakeStep.FAILED
        try:
            original(self)
            outcome = HandshakeStep.RESUMED if self.session_reused else HandshakeStep.DONE
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            outcome = HandshakeStep.UNDER_WAY
            raise
        finally:
            ended(perf_counter_ns())
            started(started_ns)
            exchange(EXCHANGE.get(-1))
            done(int(outcome))

    patches.set(ssl.SSLObject, "do_handshake", do_handshake)
