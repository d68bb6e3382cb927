"""More idle connections than the keep-alive limit are closed as soon as they are free, with requests waiting for them."""

from clientprof.experiments.suspects.evidence.httpcore_profile import (
    HTTPCORE_CLIENTS,
    HTTPX_KEPT,
    connections_at_most,
    needless_connecting_us,
    needless_connections_per_request,
)
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    scenario, most = case.scenario, connections_at_most(case)
    kept = scenario.keepalive if scenario.keepalive is not None else scenario.limit or HTTPX_KEPT
    if kept >= min(most, scenario.concurrency):
        return None
    opened = needless_connections_per_request(case)
    text = (
        f"{opened:.2f} needless connections are opened per request; {kept} of {most} may stay open when they are idle"
    )
    return Evidence(text, needless_connecting_us(case)) if opened > 0.02 else None


SUSPECT = Suspect(
    id="keepalive-eviction",
    kind=Kind.SETTING,
    layer=Layer.CONNECT,
    hypothesis="connections beyond max_keepalive_connections are closed when they become free, though requests wait",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=lambda case: Intervention(scenario={"keepalive": connections_at_most(case)}),
    absent="a warm client opens no connections, or as many may stay open as there are",
    mistaken="a keep-alive expiry closes connections too; the origin's log says how long they had been idle",
    remedy="Let as many connections stay open as there may be.",
    code=(
        "limits = httpx.Limits(max_connections=KEEPALIVE, max_keepalive_connections=KEEPALIVE)\n"
        "client = httpx.AsyncClient(limits=limits)"
    ),
    pointer="_assign_requests_to_connections: count idle connections, not all of them",
    threads=("encode/httpcore#1000",),
    turns=(Turn(Knob.KEPT, Way.UP),),
)
