"""Bodies that come compressed must be decompressed, which can take longer than all else."""

from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    if case.scenario.encoding is None:
        return None
    spent = case.layer_us(Layer.DECODE)
    return Evidence(f"bodies come as {case.scenario.encoding}; decoding takes {spent:,.1f} µs", spent)


SUSPECT = Suspect(
    id="compressed-bodies",
    kind=Kind.SETTING,
    layer=Layer.DECODE,
    hypothesis="decompressing costs the client more CPU than receiving the bytes as they are",
    adapters=frozenset(),
    evidence=_evidence,
    intervention=lambda case: Intervention(scenario={"encoding": None}),
    absent="bodies come uncompressed",
    gives_up="more bytes on the wire: cheap on one machine or in one data centre, dear on a slow line",
    mistaken="larger bodies take more reads, which the gain already counts",
    remedy="Ask for uncompressed bodies where the network is fast.",
    code='headers = {"Accept-Encoding": "identity"}',
)
