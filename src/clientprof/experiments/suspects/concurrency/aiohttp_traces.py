"""Trace configurations are told of every step of every request, through signals that are awaited."""

from clientprof.experiments.suspects.evidence.profile_weight import below_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    spent = below_us(case, "aiohttp.tracing")
    return Evidence(f"a session is traced: its signals take {spent:,.1f} µs", spent) if spent else None


SUSPECT = Suspect(
    id="aiohttp-trace-configs",
    kind=Kind.SETTING,
    layer=Layer.API,
    hypothesis="telemetry has put a trace configuration into the session, and every step of a request awaits its signals",
    adapters=frozenset({"aiohttp"}),
    evidence=_evidence,
    intervention=patch("aiohttp_traces"),
    absent="no session is traced",
    gives_up="whoever listens hears nothing",
    remedy="Trace a sample of the requests, through a session of their own.",
    code="aiohttp.ClientSession(trace_configs=None)",
    pointer="aiohttp/tracing.py: Trace",
)
