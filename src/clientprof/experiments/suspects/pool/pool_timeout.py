"""Requests that wait longer than five seconds for a connection fail."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS, connections_at_most
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    control = case.client.control
    failed = 0 if control is None else control.errors.get("PoolTimeout", 0)
    if not failed:
        return None
    most = connections_at_most(case)
    return Evidence(f"{failed} requests found no connection in time: {case.scenario.concurrency} wait for {most}", None)


SUSPECT = Suspect(
    id="pool-timeout",
    kind=Kind.SETTING,
    layer=Layer.POOL,
    hypothesis="waiting for a connection counts as a timeout after five seconds, however busy the pool is",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("pool_timeout"),
    absent="no request timed out waiting for a connection",
    gives_up="a request may wait for a connection without end",
    mistaken="failed requests cost less than answered ones: without the timeout the CPU per request may be higher",
    remedy="Let requests wait for a connection as long as it takes, or keep fewer of them waiting.",
    code="client = httpx.AsyncClient(timeout=httpx.Timeout(5.0, pool=None))",
    threads=("encode/httpx#1171",),
    turns=(Turn(Knob.POOL_TIMEOUT, Way.UP),),
)
