"""An object with two coroutines for every step of a request, in case somebody listens."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

_TRACE = ("Trace.__init__", "Trace.__aenter__", "Trace.__aexit__")


def _evidence(case: Case) -> Evidence | None:
    objects = case.count("trace_objects_per_request")
    if objects < 0.5:
        return None
    return Evidence(f"{objects:.1f} trace objects are made per request for nobody", case.function_us(*_TRACE))


SUSPECT = Suspect(
    id="trace-objects",
    kind=Kind.PATCH,
    layer=Layer.HTTP,
    hypothesis="a Trace is made, entered and left around every step, though nobody listens",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("trace_objects"),
    absent="no trace object is made",
    mistaken="with a `trace` extension or logging at DEBUG somebody does listen, and nothing is gained",
    pointer="httpcore/_trace.py: Trace: return one shared object while neither extension nor logger listens",
    threads=("pydantic/httpx2#1170",),
)
