"""Idle connections are given up after five seconds, so that whoever asks less often connects anew each time."""

from clientprof.experiments.suspects.evidence.httpcore_profile import (
    HTTPCORE_CLIENTS,
    needless_connecting_us,
    needless_connections_per_request,
)
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer

_EXPIRY_S = 5.0


def _evidence(case: Case) -> Evidence | None:
    rate = case.scenario.rate_per_s
    opened = needless_connections_per_request(case)
    if rate is None or 1 / rate < _EXPIRY_S or opened < 0.5:
        return None
    text = f"a request comes every {1 / rate:.0f} s and opens {opened:.2f} needless connections"
    return Evidence(text, needless_connecting_us(case))


SUSPECT = Suspect(
    id="keepalive-expiry",
    kind=Kind.SETTING,
    layer=Layer.CONNECT,
    hypothesis="idle connections expire after five seconds: a program that polls less often connects each time",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("keepalive_expiry"),
    absent="requests follow one another within five seconds, or connections are reused",
    gives_up="connections stay open for five minutes; a server may close them before",
    mistaken="the server's own keep-alive time may be shorter, and then decides",
    remedy="Keep idle connections longer than the pause between requests.",
    code=(
        "limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=60)\n"
        "client = httpx.AsyncClient(limits=limits)"
    ),
    threads=("encode/httpx#1395",),
    turns=(Turn(Knob.EXPIRY, Way.UP),),
)
