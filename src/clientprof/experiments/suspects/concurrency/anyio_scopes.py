"""Cancel scopes of anyio around every socket operation, every wait and every clean-up."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

# fail_after is a generator: its time shows in the scope that it makes, enters and leaves.
_SCOPE = ("CancelScope.__init__", "CancelScope.__new__", "CancelScope.__enter__", "CancelScope.__exit__", "fail_after")
# A timer of the loop in place of a scope costs about 1.2 us, and every third scope has a deadline.
_KEPT = 0.1


def _evidence(case: Case) -> Evidence | None:
    scopes = case.count("cancel_scopes_per_request")
    if scopes < 0.5:
        return None
    return Evidence(
        f"{scopes:.1f} cancel scopes are entered per request", (1 - _KEPT) * case.function_us(*_SCOPE)
    )  # fmt: skip


SUSPECT = Suspect(
    id="anyio-scopes",
    kind=Kind.PATCH,
    layer=Layer.CONCURRENCY,
    hypothesis="anyio's cancel scopes around each socket operation cost more than timers of the loop",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("anyio_scopes"),
    absent="no cancel scope is entered",
    mistaken="tasks that run inside a cancel scope of anyio (Starlette's, for one) need the scopes, and gain nothing",
    pointer="httpcore/_backends/anyio.py: fail_after; _synchronization.py: AsyncShieldCancellation, AsyncEvent.wait",
    threads=("encode/httpcore#930", "encode/httpcore#927", "pydantic/httpx2#1170", "pydantic/httpx2#1183"),
)
