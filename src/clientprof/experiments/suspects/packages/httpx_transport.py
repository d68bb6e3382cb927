"""Another transport below httpx: aiohttp's pool, parser and sockets."""

from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer
from clientprof.model.remedies import HTTPX_OVER_AIOHTTP

_BELOW = (Layer.POOL, Layer.CONNECT, Layer.TLS, Layer.HTTP, Layer.IO, Layer.CONCURRENCY)


def _evidence(case: Case) -> Evidence | None:
    below = sum(case.layer_us(layer) for layer in _BELOW)
    if below < 1.0:
        return None
    predicted = below
    if case.baseline is not None:
        predicted -= sum(
            row.cpu_us_per_request.value for row in case.baseline.layers if row.layer in _BELOW
        )  # fmt: skip
    return Evidence(f"pool, protocol, sockets and locks below httpx take {below:,.0f} µs per request", predicted)


SUSPECT = Suspect(
    id="httpx-transport",
    kind=Kind.SWAP,
    layer=Layer.POOL,
    hypothesis="the cost lies below httpx's own client: another transport under the same interface does without it",
    adapters=frozenset({"httpx"}),
    evidence=_evidence,
    intervention=lambda case: Intervention(adapter="httpx-aiohttp"),
    absent="nothing below the client takes time",
    gives_up="HTTP/2, the trace extension, httpcore's exceptions and its order of connections; another package to trust",
    mistaken="it replaces everything at once, and so says nothing about which part of it was dear",
    remedy="Use httpx over aiohttp: httpx's interface, aiohttp's connections.",
    code=HTTPX_OVER_AIOHTTP,
    threads=("encode/httpx#3215",),
    last=True,
)
