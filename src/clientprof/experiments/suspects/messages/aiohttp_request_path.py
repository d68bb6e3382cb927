"""What every option of a request costs when none is used: URL, headers, cookies, auth, proxy, timers, redirects, traces."""

from clientprof.experiments.suspects.evidence.profile_weight import below_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

_WHOLE = "aiohttp.client:ClientSession._request"
# What the short way does too.
_KEPT = (
    "aiohttp.connector:BaseConnector.connect",
    "aiohttp.client_proto:ResponseHandler.set_response_params",
    "aiohttp.client_reqrep:ClientRequest.send",
    "aiohttp.client_reqrep:ClientResponse.start",
)


def _evidence(case: Case) -> Evidence | None:
    scenario = case.scenario
    if scenario.upload_bytes is not None or scenario.redirects or scenario.jar or scenario.cookies or scenario.streamed:
        return None
    spent = below_us(case, _WHOLE) - below_us(case, *_KEPT)
    return Evidence(f"a request's options take {spent:,.1f} µs, none of them used", spent) if spent > 0 else None


SUSPECT = Suspect(
    id="aiohttp-request-options",
    kind=Kind.PATCH,
    layer=Layer.API,
    hypothesis="ClientSession._request goes through all that a request could ask for and makes the same request object anew",
    adapters=frozenset({"aiohttp"}),
    evidence=_evidence,
    intervention=patch("aiohttp_request_path"),
    absent="the requests are not plain GETs, or the session takes no time that a sample has seen",
    mistaken="what is not made needs no sweeping out of the loop and no look of the collector: more can be gained",
    gives_up="cookies, the total timeout, retries on a connection closed meanwhile, aiohttp's own exceptions",
    pointer="aiohttp/client.py: ClientSession._request",
    last=True,
)
