"""aiohttp builds the same default headers for every request."""

from clientprof.experiments.suspects.evidence.profile_weight import worth_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

_BUILDING = (
    "aiohttp.client_reqrep:ClientRequest.update_headers",
    "aiohttp.client_reqrep:ClientRequest.update_auto_headers",
)


def _evidence(case: Case) -> Evidence | None:
    spent = worth_us(case, *_BUILDING)
    return Evidence(f"building the default headers takes {spent:,.1f} µs", spent) if spent is not None else None


SUSPECT = Suspect(
    id="aiohttp-default-headers",
    kind=Kind.PATCH,
    layer=Layer.API,
    hypothesis="Host, Accept, Accept-Encoding and User-Agent are put together anew for every request",
    adapters=frozenset({"aiohttp"}),
    evidence=_evidence,
    intervention=patch("aiohttp_headers"),
    absent="building headers takes less than 1 % of the client's CPU",
    mistaken="multidict is C: its time is charged to the function that calls it, or to the Python function entered next",
    pointer="aiohttp/client_reqrep.py: ClientRequest.update_headers, update_auto_headers: keep them per session and host",
)
