"""Another transport below httpx: aiohttp's pool, parser and sockets, by a package or by forty lines of one's own."""

import functools
from pathlib import Path

import clientprof.clients.own
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer
from clientprof.model.remedies import HTTPX_OVER_AIOHTTP

_LINES = Path(clientprof.clients.own.__file__).with_name("aiohttp_transport.py")
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


def _own_evidence(case: Case) -> Evidence | None:
    # The lines read every body whole before httpx sees the answer, and send it whole.
    scenario = case.scenario
    streamed = scenario.streamed or scenario.events or scenario.upload_bytes is not None
    return None if streamed else _evidence(case)


def _own_code() -> str:
    """The transport as it is measured, without the text at its top, and how it is used."""
    source = _LINES.read_text(encoding="utf-8").split('"""', 2)[2].strip()
    return f"{source}\n\n\nclient = httpx.AsyncClient(transport=AiohttpTransport())"


_transport = functools.partial(
    Suspect,
    kind=Kind.SWAP,
    layer=Layer.POOL,
    hypothesis="the cost lies below httpx's own client: another transport under the same interface does without it",
    adapters=frozenset({"httpx"}),
    mistaken="it replaces everything at once, and so says nothing about which part of it was dear",
    threads=("encode/httpx#3215",),
    last=True,
)

SUSPECT = _transport(
    id="aiohttp-transport",
    evidence=_evidence,
    intervention=lambda case: Intervention(adapter="httpx-aiohttp"),
    absent="nothing below the client takes time",
    gives_up="HTTP/2, the trace extension, httpcore's exceptions and its order of connections; another package to trust",
    remedy="Use httpx over aiohttp: httpx's interface, aiohttp's connections.",
    code=HTTPX_OVER_AIOHTTP,
)

OWN_LINES = _transport(
    id="aiohttp-transport-lines",
    evidence=_own_evidence,
    intervention=lambda case: Intervention(adapter="httpx-over-aiohttp"),
    absent="nothing below the client takes time, or the load streams bodies, which these lines read and send whole",
    gives_up="streamed bodies, HTTP/2, the trace extension, httpcore's exceptions; the lines are yours to look after",
    remedy="Put httpx on a transport of your own over aiohttp, where no further package is wanted.",
    code=_own_code(),
)
