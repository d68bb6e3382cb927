"""The URL string is parsed for every request, however often it was parsed before."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    parses = case.count("url_parses_per_request")
    spent = case.function_us("urlparse")
    if parses < 0.5:
        return None
    return Evidence(f"{parses:.1f} URL strings are parsed per request, {spent:,.0f} µs", spent)


SUSPECT = Suspect(
    id="url-parse",
    kind=Kind.PATCH,
    layer=Layer.API,
    hypothesis="the URL string of every request is parsed anew, in Python",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("url_parse"),
    absent="no URL is parsed",
    mistaken="it gains nothing for a program that never asks for the same URL twice",
    remedy="Parse once: give the client the same URL object again and again.",
    code="url = httpx.URL('https://example.org/items')\nresponse = await client.get(url)",
    pointer="httpx/_urls.py: URL.__init__: remember the results of urlparse",
    threads=("pydantic/httpx2#1139",),
)
