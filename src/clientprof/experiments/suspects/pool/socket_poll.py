"""The socket of every idle connection is polled in every pass."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    polls = case.count("socket_polls_per_request")
    if polls < 0.5:
        return None
    return Evidence(
        f"{polls:.1f} sockets are polled per request to see whether idle connections were closed; one is enough",
        case.function_us("AsyncHTTP11Connection.has_expired") * max(0.0, 1 - 0.2 / polls),
    )


SUSPECT = Suspect(
    id="socket-poll",
    kind=Kind.PATCH,
    layer=Layer.POOL,
    hypothesis="has_expired polls the socket of every idle connection in every pass, through anyio's typed attributes",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("socket_poll"),
    absent="hardly a socket is polled per request",
    gives_up="an idle connection that the server closed is noticed when it is about to be used, or expires",
    mistaken="fewer passes poll less too: together with pool-scan little is left to gain",
    pointer="httpcore/_async/http11.py: has_expired: poll once, when the connection is assigned",
    threads=("encode/httpcore#928",),
)
