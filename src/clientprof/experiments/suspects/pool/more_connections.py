"""More requests at once than connections: they wait in the pool's queue, which every pass walks."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS, connections_at_most
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer

_MOST = 1000


def _wanted(case: Case) -> int:
    return min(case.scenario.concurrency, _MOST)


def _evidence(case: Case) -> Evidence | None:
    most, passes = connections_at_most(case), case.count("pool_passes_per_request")
    if _wanted(case) <= most or passes < 0.5:
        return None
    waiting = case.scenario.concurrency - most
    return Evidence(f"{waiting} of {case.scenario.concurrency} requests wait for one of {most} connections", None)


SUSPECT = Suspect(
    id="more-connections",
    kind=Kind.SETTING,
    layer=Layer.POOL,
    hypothesis="requests that wait for a connection are scanned in every pass, and may be given one that is taken",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=lambda case: Intervention(scenario={"limit": _wanted(case), "keepalive": _wanted(case)}),
    absent="there are as many connections as requests at once",
    gives_up="the server has more connections open",
    mistaken="a pass scans connections too: more of them can cost more than the queue did",
    remedy="Allow as many connections as requests at once.",
    code="limits = httpx.Limits(max_connections=LIMIT, max_keepalive_connections=KEEPALIVE)",
    threads=("encode/httpx#3215",),
    turns=(Turn(Knob.CONNECTIONS, Way.UP), Turn(Knob.KEPT, Way.UP)),
)
