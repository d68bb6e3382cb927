"""aiohttp makes a new response parser for every request, also on a connection that has one."""

from clientprof.experiments.suspects.evidence.profile_weight import worth_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    spent = worth_us(case, "aiohttp.client_proto:ResponseHandler.set_response_params")
    return Evidence(f"making a parser takes {spent:,.1f} µs", spent) if spent is not None else None


SUSPECT = Suspect(
    id="aiohttp-parser-per-request",
    kind=Kind.PATCH,
    layer=Layer.HTTP,
    hypothesis="every request makes and frees a parser with its tables, though the one before is at its end and could go on",
    adapters=frozenset({"aiohttp"}),
    evidence=_evidence,
    intervention=patch("aiohttp_parser"),
    absent="making a parser takes less than 1 % of the client's CPU",
    gives_up="the total timeout does not bound reading the body: the first request's timer stays with the parser",
    mistaken="the parser is C: its making is charged to this function, or to the Python function entered next",
    pointer="aiohttp/client_proto.py: ResponseHandler.set_response_params: keep it where the parameters are the same",
)
