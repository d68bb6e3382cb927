"""httpcore's locks give the event loop away once even when they are free."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS, calls_of
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

_YIELD = "AsyncIOBackend.cancel_shielded_checkpoint"


def _evidence(case: Case) -> Evidence | None:
    locks = case.count("lock_acquisitions_per_request")
    # anyio yields after every write too; what is left of the yields comes from locks.
    yields = calls_of(case, _YIELD) - case.count("socket_sends_per_request")
    if locks < 0.5 or yields < 0.5:
        return None
    text = (
        f"{locks:.1f} locks are taken per request, and {yields:.1f} times other tasks get a turn although the lock is "
        "free"
    )
    assigned = case.count("assignments_per_request")
    if assigned > 1.05:
        text += f"; meanwhile connections are assigned again, {assigned:.1f} times per request"
    return Evidence(text, case.function_us(_YIELD) * yields / calls_of(case, _YIELD))


SUSPECT = Suspect(
    id="lock-yield",
    kind=Kind.PATCH,
    layer=Layer.CONCURRENCY,
    hypothesis="anyio.Lock.acquire yields one turn of the loop even when the lock is free",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("lock_yield"),
    absent="no lock of the client gives the loop away when it is free",
    gives_up=(
        "requests that are cancelled together while others wait for connections lose connections of the pool: a waiting one "
        "is given a new connection, and is cancelled before it opens it (httpcore 1.0 does so itself, but seldom)"
    ),
    # Two shared cores, 512 at once, limit 100, sniffio installed, us per request: 1,746 became 9,727 alone; no gain was
    # shown beside pool-scan, double-assignment and keepalive-eviction (500 and 504; 410 and 382 in another run).
    mistaken=(
        "the yield is also what lets one idle connection be given to the whole queue, which keeps the queue that later "
        "passes scan short: alone the change can make httpx several times slower"
    ),
    remedy="None for users; httpcore2 takes free locks at once.",
    pointer="httpcore/_synchronization.py: AsyncLock.setup: anyio.Lock(fast_acquire=True)",
    threads=("encode/httpx#3215", "encode/httpcore#922", "encode/httpcore#953"),
)
