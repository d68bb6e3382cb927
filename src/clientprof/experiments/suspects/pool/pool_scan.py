"""Every enqueue and every release walks all connections, and for each queued request all of them again."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS, calls_of
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer
from clientprof.model.remedies import HTTPX_OVER_AIOHTTP

_PASS = "AsyncConnectionPool._assign_requests_to_connections"
_WALKED = 10.0


def _evidence(case: Case) -> Evidence | None:
    passes = case.count("pool_passes_per_request")
    if not passes:
        return None
    asked = calls_of(case, "AsyncHTTPConnection.is_idle") + calls_of(case, "AsyncHTTPConnection.is_available")
    if asked / passes < _WALKED:
        return None
    return Evidence(
        f"{passes:.1f} passes per request ask connections {asked:,.0f} times whether they are idle or available",
        case.function_us(_PASS),
    )


SUSPECT = Suspect(
    id="pool-scan",
    kind=Kind.PATCH,
    layer=Layer.POOL,
    hypothesis="each pass of the pool scans all connections, and again for each queued request",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("pool_scan"),
    absent="a pass asks few connections",
    gives_up="an expired idle connection is closed up to a second later; of several idle ones the last used is taken first",
    mistaken="the scans may be cheap and their number the fault: then double-assignment alone saves more",
    # 512 at once, two shared cores, us per request: 2,368 and 2,515 became 1,991 and 2,096 with eight clients, 2,018 and
    # 2,026 with a semaphore of 100, 1,380 and 1,513 with both, 292 with httpx-aiohttp.
    remedy=(
        "Use another transport below the client's interface, such as httpx-aiohttp for httpx. Several clients with a part "
        "of the load each save less, about a fifth with 512 requests at once."
    ),
    code=HTTPX_OVER_AIOHTTP,
    pointer=f"{_PASS}: keep idle connections by origin and queued requests apart; look only at the connection just released",
    threads=(
        "encode/httpcore#924",
        "encode/httpcore#929",
        "encode/httpcore#1035",
        "pydantic/httpx2#974",
        "pydantic/httpx2#1169",
    ),
)
