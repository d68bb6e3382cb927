"""Requests are written and responses parsed in Python, with a regular expression for each header line."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS, package_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

# What the stand-in of the experiment costs itself: it is Python too.
_KEPT = 0.3


def _evidence(case: Case) -> Evidence | None:
    spent = package_us(case, "h11")
    if spent < 1.0:
        return None
    return Evidence(f"h11 takes {spent:,.0f} µs of CPU per request", (1 - _KEPT) * spent)


SUSPECT = Suspect(
    id="h11-parser",
    kind=Kind.PATCH,
    layer=Layer.HTTP,
    hypothesis="h11 checks and parses every header line in Python; aiohttp's parser is in C",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("h11_parser"),
    absent="h11 takes no time",
    gives_up="a plain response is parsed by one expression for all header lines; whatever else comes goes to h11",
    mistaken="a parser in C would gain more: the experiment's own is Python, and gives a lower bound",
    pointer="httpcore/_async/http11.py: another parser for plain responses, h11 for the rest",
    threads=("pydantic/httpx2#1218",),
)
