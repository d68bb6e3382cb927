"""anyio's streams between httpcore and asyncio's transports."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

_STREAMS = ("SocketStream.receive", "SocketStream.send", "TLSStream.receive", "TLSStream.send")
_OWN = (*_STREAMS, "TLSStream._call_sslobject_method", "StreamProtocol.data_received", "Event.wait", "Event.set")
# What a protocol of asyncio needs for the same: a future, a timer and its own few lines.
_KEPT = 0.4


def _evidence(case: Case) -> Evidence | None:
    spent = case.function_us(*_OWN, own=True)
    sends, reads = case.count("socket_sends_per_request"), case.count("socket_receives_per_request")
    if not case.function_us(*_STREAMS) or spent < 1.0:
        return None
    return Evidence(
        f"{sends:.1f} writes and {reads:.1f} reads per request pass a stream of anyio, {spent:,.0f} µs in its own code",
        (1 - _KEPT) * spent,
    )


SUSPECT = Suspect(
    id="anyio-streams",
    kind=Kind.PATCH,
    layer=Layer.IO,
    hypothesis="anyio's stream gives the loop away after each write and pauses the transport around each read",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("anyio_streams"),
    absent="no stream of anyio is in use",
    mistaken="a turn of the loop that is not given away here is often taken a moment later, when the answer is waited for",
    pointer="httpcore/_backends: a backend of asyncio's own, with a protocol that keeps what has arrived",
    threads=("encode/httpcore#930", "pydantic/httpx2#1170", "pydantic/httpx2#1218"),
)
