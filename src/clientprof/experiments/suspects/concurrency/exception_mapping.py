"""A generator as context manager around every socket operation, only to translate exceptions that hardly ever come."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    maps = case.count("exception_maps_per_request")
    if maps < 0.5:
        return None
    spent = case.function_us("map_exceptions", "map_httpcore_exceptions") or None
    return Evidence(f"{maps:.1f} exception mappings are entered per request", spent)


SUSPECT = Suspect(
    id="exception-mapping",
    kind=Kind.PATCH,
    layer=Layer.HTTP,
    hypothesis="contextlib.contextmanager makes and runs a generator for every exception mapping",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("exception_mapping"),
    absent="no exception mapping is entered",
    mistaken="the mappings may cost less than the intervals of the measurement are wide",
    pointer="httpcore/_exceptions.py: map_exceptions: a class with __enter__ and __exit__, or try and except in place",
    threads=("pydantic/httpx2#1170",),
)
