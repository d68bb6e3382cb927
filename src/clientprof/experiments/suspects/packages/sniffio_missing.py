"""Without sniffio, httpcore looks for it again and again, and Python never remembers that an import failed."""

from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    failed = case.counter("failed_imports_per_request")
    if failed is None or failed.value < 0.5 or "sniffio" in case.client.packages:
        return None
    spent = case.layer_us(Layer.IMPORT)
    return Evidence(f"{failed.value:.1f} imports fail per request; importing takes {spent:,.0f} µs of CPU", spent)


SUSPECT = Suspect(
    id="sniffio-missing",
    kind=Kind.ENVIRONMENT,
    layer=Layer.IMPORT,
    hypothesis="httpcore imports sniffio at every lock and event; where it is missing, the whole path is searched each time",
    adapters=frozenset({"httpx"}),
    evidence=_evidence,
    intervention=lambda case: Intervention(packages=("sniffio",)),
    absent="no import fails while requests run",
    mistaken="another module may be the one that is missing; the failed imports are then named by the count lens",
    remedy="Install sniffio beside httpx.",
    code="pip install sniffio",
    pointer="httpcore/_synchronization.py: current_async_library: remember the answer, or test sys.modules before importing",
    threads=("encode/httpcore#1103",),
)
