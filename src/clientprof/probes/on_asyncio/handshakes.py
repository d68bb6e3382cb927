"""TLS handshakes, stamped at ``ssl.SSLObject.do_handshake``: the one place that asyncio's and anyio's TLS both use."""

import ssl
from time import perf_counter_ns
from typing import Any

from clientprof.model.run import HandshakeStep
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.patches import Patches
from clientprof.probes.seam_table import Instrument, fits
from clientprof.recording.recorder import Recorder


def install_handshake_stamps(recorder: Recorder, patches: Patches, failures: Failures | None = None) -> None:
    """Record one row per call of the TLS engine; the engine's time is CPU, it never blocks."""
    failures = failures or Failures()
    if not fits(Instrument.HANDSHAKES, failures):
        return
    original = ssl.SSLObject.do_handshake
    started = recorder.column("handshake.started_ns").append
    ended = recorder.column("handshake.ended_ns").append
    exchange = recorder.column("handshake.exchange").append
    done = recorder.column("handshake.done").append

    def stamp(engine: Any, started_ns: int, outcome: HandshakeStep) -> None:
        nonlocal started, ended, exchange, done
        try:
            ended(perf_counter_ns())
            started(started_ns)
            exchange(EXCHANGE.get(-1))
            resumed = outcome is HandshakeStep.DONE and engine.session_reused
            done(int(HandshakeStep.RESUMED if resumed else outcome))
        except Exception as error:
            started = ended = exchange = done = ignore
            failures.remove("handshake stamps", error)
            recorder.level("handshake")

    def do_handshake(self: Any, *args: Any, **kwargs: Any) -> Any:
        started_ns = perf_counter_ns()
        outcome = HandshakeStep.FAILED
        try:
            result = original(self, *args, **kwargs)
            outcome = HandshakeStep.DONE
            return result
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            outcome = HandshakeStep.UNDER_WAY
            raise
        finally:
            stamp(self, started_ns, outcome)

    patches.set(ssl.SSLObject, "do_handshake", do_handshake)
