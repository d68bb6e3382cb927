"""With more requests than connections, requests wait for a connection: a future, a shuffle and a callback each."""

from clientprof.experiments.suspects.evidence.profile_weight import below_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer

_WAITING = (
    "aiohttp.connector:BaseConnector._wait_for_available_connection",
    "aiohttp.connector:BaseConnector._release_waiter",
)


def _evidence(case: Case) -> Evidence | None:
    waits = case.count("pool_waits_per_request")
    limit = case.scenario.limit
    if waits < 0.05 or (limit is not None and limit >= case.scenario.concurrency):
        return None
    # Whoever waits is woken by a callback more.
    callbacks = case.count("loop_callbacks_per_request")
    woken = waits * case.layer_us(Layer.LOOP) / callbacks if callbacks else 0.0
    spent = below_us(case, *_WAITING) + woken
    return Evidence(f"{waits:.2f} waits for a connection per request; waiting and waking take {spent:,.1f} µs", spent)


SUSPECT = Suspect(
    id="aiohttp-connection-limit",
    kind=Kind.SETTING,
    layer=Layer.POOL,
    hypothesis="more requests at once than the limit of 100 connections: the others wait and are woken one after the other",
    adapters=frozenset({"aiohttp"}),
    evidence=_evidence,
    intervention=lambda case: Intervention(scenario={"limit": case.scenario.concurrency}),
    absent="no request waits for a connection",
    gives_up="the server must hold as many connections as there are requests at once",
    mistaken="more connections also mean more sockets for the loop to watch",
    remedy="Allow as many connections as requests at once, if the server can hold them.",
    code="aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=LIMIT))",
    pointer="aiohttp/connector.py: BaseConnector._wait_for_available_connection, _release_waiter",
    turns=(Turn(Knob.CONNECTIONS, Way.UP),),
)
