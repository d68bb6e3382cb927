"""More connections than are needed: the pool looks at all of them."""

from clientprof.experiments.suspects.evidence.httpcore_profile import (
    HTTPCORE_CLIENTS,
    HTTPX_CONNECTIONS,
    connections_at_most,
)
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer


def _used(case: Case) -> int:
    return min(connections_at_most(case), case.scenario.concurrency)


def _evidence(case: Case) -> Evidence | None:
    used, passes = _used(case), case.count("pool_passes_per_request")
    if used < 2 * HTTPX_CONNECTIONS or passes < 0.5 or case.scenario.delay_ms:
        return None
    pool = case.layer_us(Layer.POOL)
    return Evidence(
        f"a pass looks at up to {used} connections, and the pool takes {pool:,.0f} µs per request",
        pool * (1 - HTTPX_CONNECTIONS / used),
    )


SUSPECT = Suspect(
    id="fewer-connections",
    kind=Kind.SETTING,
    layer=Layer.POOL,
    hypothesis="each pass costs as much as there are connections; a fast server needs few of them",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=lambda case: Intervention(
        scenario={"limit": HTTPX_CONNECTIONS, "keepalive": HTTPX_CONNECTIONS}
    ),
    absent="there are few connections, or the server is slow and needs them",
    gives_up="requests wait for a connection; with a slow server fewer of them are under way",
    mistaken="where requests wait, the pool scans them instead of the connections",
    remedy="Allow as many connections as the server's delay needs, not as many as there may be requests.",
    code="limits = httpx.Limits(max_connections=LIMIT, max_keepalive_connections=KEEPALIVE)",
    threads=("pydantic/httpx2#1169",),
    turns=(Turn(Knob.CONNECTIONS, Way.DOWN), Turn(Knob.KEPT, Way.DOWN)),
)  # fmt: skip
