"""The garbage collector looks through all objects again and again, though reference counts free nearly all of them."""

from clientprof.experiments.suspects.evidence.profile_weight import WORTH
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    spent = case.layer_us(Layer.GC)
    if spent < WORTH * case.total_us:
        return None
    runs = case.counter("collections_per_1000_requests")
    how_often = "" if runs is None else f" in {runs.value:.0f} collections per 1000 requests"
    garbage = case.counter("garbage_objects_per_request")
    found = "" if garbage is None else f", {garbage.value:.1f} objects of garbage per request"
    return Evidence(f"collecting garbage takes {spent:,.1f} µs{how_often}{found}", spent)


SUSPECT = Suspect(
    id="garbage-collector",
    kind=Kind.PATCH,
    layer=Layer.GC,
    hypothesis="collections are triggered by allocation, whatever they find: each looks through the young objects at least",
    adapters=frozenset(),
    evidence=_evidence,
    intervention=patch("garbage"),
    absent="collecting garbage takes less than 1 % of the client's CPU",
    gives_up="reference cycles are never freed: memory grows where the client or the program makes any",
    mistaken="a program with more objects than this small one pays more for each collection, and gains more",
    remedy="Set aside what the program has loaded once it has started, and collect more rarely.",
    code="import gc\n\ngc.collect()\ngc.freeze()\ngc.set_threshold(50_000, 20, 20)",
    pointer="objects allocated per request: the fewer, the rarer are collections",
)
