"""Many requests at once in one process: two processes with half of them each have half the pool to go through."""

from typing import Any

from clientprof.experiments.suspects.evidence.httpcore_profile import connections_at_most
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

PROCESSES = 2
# Fewer than so many requests at once are no reason for another process.
_FEWEST = 16


def _evidence(case: Case) -> Evidence | None:
    scenario, pool, passes = case.scenario, case.layer_us(Layer.POOL), case.count("pool_passes_per_request")
    if scenario.concurrency < _FEWEST or scenario.client_each or scenario.http2 or passes < 0.5 or pool < 1.0:
        return None
    return Evidence(
        f"the pool takes {pool:,.0f} µs per request in {passes:.1f} passes, which look at all that is in it: "
        f"{scenario.concurrency} requests and up to {connections_at_most(case)} connections",
        pool * (1 - _held(case, -(-scenario.concurrency // PROCESSES)) / _held(case, scenario.concurrency)),
    )


def _held(case: Case, concurrency: int) -> int:
    """What a pass looks at: the requests in the pool, and the connections that they keep open."""
    return concurrency + min(concurrency, connections_at_most(case))


def _part(case: Case) -> dict[str, Any]:
    """The load of one process."""
    scenario = case.scenario
    part: dict[str, Any] = {"concurrency": -(-scenario.concurrency // PROCESSES)}
    if scenario.requests is not None:
        part["requests"] = -(-scenario.requests // PROCESSES)
    if scenario.rate_per_s is not None:
        part["rate_per_s"] = scenario.rate_per_s / PROCESSES
    return part


SUSPECT = Suspect(
    id="more-processes",
    kind=Kind.SETTING,
    layer=Layer.POOL,
    hypothesis="a request costs more with more requests at once in its process, because the pool goes through them",
    adapters=frozenset(),
    evidence=_evidence,
    intervention=lambda case: Intervention(scenario=_part(case)),
    absent="few requests are at once, or nothing goes through all of them: then a second process is a second core and no "
    "smaller cost per request",
    gives_up="each process has a client, a pool and a connection limit of its own: twice the connections at the server, "
    "twice the memory, no cookies or sessions in common",
    mistaken="measured is one of the two processes with its half of the load; what both take from each other in caches and "
    "cores is not in it",
    remedy="Spread the load over 2 processes: the cost per request falls, and a second core is used.",
    code="# uvicorn app:app --workers 2, gunicorn -w 2, or a process for each queue of jobs",
    last=True,
)
