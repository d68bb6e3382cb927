"""truststore adds the system's certificate paths to a context in every handshake."""

from clientprof.experiments.suspects.evidence.httpcore_profile import calls_of
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    told = calls_of(case, "_configure_context")
    if "truststore" not in case.client.packages or told < 0.01:
        return None
    return Evidence(
        f"contexts are told where certificates are {told:.2f} times per request", case.function_us("_configure_context")
    )


SUSPECT = Suspect(
    id="truststore-handshake",
    kind=Kind.PATCH,
    layer=Layer.TLS,
    hypothesis="before OpenSSL 3.4 every handshake appends the same paths to the context again: the cost grows with uptime",
    adapters=frozenset(),
    evidence=_evidence,
    intervention=patch("truststore_paths"),
    absent="no handshake passes through truststore",
    gives_up="certificates installed on the system while the program runs are not found by contexts in use",
    mistaken="with OpenSSL 3.4 or newer the paths are not appended twice, and little is gained",
    remedy="Verify against a bundle of your own, or use OpenSSL 3.4 or newer.",
    code="client = httpx2.AsyncClient(verify=ssl.create_default_context(cafile=certifi.where()))",
    pointer="truststore/_openssl.py: _configure_context",
    threads=("sethmlarson/truststore#212",),
)
