"""Every response is translated into urllib's objects and searched for cookies, also one that has none."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    # Where the header is looked for first, urllib's request is made only if there is a cookie.
    made = case.function_us("Cookies._CookieCompatRequest.__init__")
    if case.scenario.cookies or case.scenario.jar or not made:
        return None
    spent = case.function_us("Cookies.extract_cookies")
    return Evidence(f"responses without cookies are searched for them in {spent:,.0f} µs per request", spent)


SUSPECT = Suspect(
    id="cookie-extraction",
    kind=Kind.PATCH,
    layer=Layer.API,
    hypothesis="urllib's request and response objects are made for every response, to look for cookies that are not there",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("cookie_extraction"),
    absent="a response without cookies is not searched, or the requests of this load have cookies",
    mistaken="a server that sets cookies in every response needs the search",
    pointer="httpx/_models.py: Cookies.extract_cookies: return where there is no Set-Cookie header, as httpx2 does",
)
