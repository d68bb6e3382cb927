"""One idle connection is given to many queued requests; all but one fail and queue again."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer
from clientprof.model.remedies import HTTPX_OVER_AIOHTTP

_ENOUGH_PASSES = 2.0


def _evidence(case: Case) -> Evidence | None:
    assigned = case.count("assignments_per_request")
    passes = case.count("pool_passes_per_request")
    if assigned < 1.05 or not passes:
        return None
    spared = max(0.0, 1 - _ENOUGH_PASSES / passes)
    return Evidence(
        f"a request is given a connection {assigned:.1f} times, and causes {passes:.1f} passes over the pool",
        spared * case.layer_us(Layer.POOL),
    )


SUSPECT = Suspect(
    id="double-assignment",
    kind=Kind.PATCH,
    layer=Layer.POOL,
    hypothesis="an idle HTTP/1.1 connection is given to several queued requests, of which all but one fail and queue again",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("double_assignment"),
    absent="every request is given a connection once",
    gives_up="connections that were kept idle by chance are all used, so that up to the limit are opened",
    # Two shared cores, 512 at once, limit 100, sniffio installed, us per request: 1,746 became 10,696 alone; 740 with
    # pool-scan stayed (758), and became 500 with keepalive-eviction too.
    mistaken=(
        "a request that was given a busy connection does not count as queued: reserved connections leave more requests in "
        "the queue, and a pass that scans all of it for each connection becomes more expensive than the retries were"
    ),
    remedy="Use another transport below the client's interface, such as httpx-aiohttp for httpx; no setting avoids it.",
    code=HTTPX_OVER_AIOHTTP,
    pointer=(
        "httpcore/_async/connection_pool.py: AsyncPoolRequest.assign_to_connection: reserve the connection until the "
        "request has used it, as httpcore2 does; end the pass when no connection is left to give"
    ),
    threads=("pydantic/httpx2#1075",),
)
