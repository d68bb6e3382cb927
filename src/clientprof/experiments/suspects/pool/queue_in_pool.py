"""More requests at once than connections: those that wait do so in the pool, and every pass of it walks over them."""

from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer

# Connections a client opens where no limit is asked for.
_COMMON_LIMIT = 100
_SMALLEST_SHARE = 0.02


def _limit(case: Case) -> int:
    return case.scenario.limit or _COMMON_LIMIT


def _evidence(case: Case) -> Evidence | None:
    waiting = case.scenario.concurrency - _limit(case)
    spent = case.layer_us(Layer.POOL)
    if waiting <= 0 or case.scenario.rate_per_s is not None or spent < _SMALLEST_SHARE * case.total_us:
        return None
    predicted = spent * waiting / case.scenario.concurrency
    text = f"{waiting} of {case.scenario.concurrency} requests wait in the pool, which takes {spent:,.0f} µs of CPU"
    return Evidence(text, predicted)


def _at_the_limit(case: Case) -> Intervention:
    load = {"requests": case.scenario.requests_per_round, "concurrency": _limit(case)}
    return Intervention(scenario=load)


SUSPECT = Suspect(
    id="queue-in-pool",
    kind=Kind.SETTING,
    layer=Layer.POOL,
    hypothesis="requests that have no connection yet wait in the pool's list, which every pass scans from its beginning",
    adapters=frozenset({"httpx", "httpx2", "aiohttp"}),
    evidence=_evidence,
    intervention=_at_the_limit,
    absent="there are connections for all requests at once, or the pool takes less than 2 % of the client's CPU",
    gives_up="the semaphore decides whose turn it is; its own cost, 2 to 6 µs where 5,120 tasks share 100, is not in it",
    mistaken="the scan may be over connections, not over requests: then as many in flight as connections cost the same",
    remedy="Let no more requests in than there are connections: a semaphore around the calls.",
    code=(
        "at_once = asyncio.Semaphore(CONCURRENCY)  # the client's max_connections\n\n"
        "async def get(url):\n    async with at_once:\n        return await client.get(url)"
    ),
    pointer="the pool's queue: hand a released connection to the first waiting request of its origin, without a scan",
    threads=("encode/httpcore#924",),
    last=True,
    turns=(Turn(Knob.REQUESTS, Way.DOWN),),
)
