"""Building a TLS context reads and parses the whole CA bundle: milliseconds, wherever each client has its own."""

from clientprof.experiments.suspects.evidence.profile_weight import below_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

_BUILDING = ("ssl:create_default_context", "ssl:SSLContext.load_verify_locations", "ssl:SSLContext.load_default_certs")


def _evidence(case: Case) -> Evidence | None:
    contexts = case.count("ssl_contexts_per_request")
    if contexts < 0.01:
        return None
    clients = case.count("clients_built_per_request")
    for_whom = f", for {clients:.2f} clients" if clients else ""
    spent = below_us(case, *_BUILDING)
    return Evidence(f"{contexts:.2f} TLS contexts are built per request{for_whom}, in {spent:,.0f} µs", spent or None)


SUSPECT = Suspect(
    id="ssl-context-not-shared",
    kind=Kind.SETTING,
    layer=Layer.TLS,
    hypothesis="every client builds a TLS context of its own and loads the CA bundle again",
    adapters=frozenset(),
    evidence=_evidence,
    intervention=patch("shared_ssl_context"),
    absent="no TLS context is built while requests run",
    gives_up="clients share one context: what one of them sets in it (protocols, client certificates) holds for all",
    mistaken="a context built by other means than ssl.create_default_context is not shared by this change",
    remedy="Build one context when the program starts and give it to every client; better still, use one client.",
    code="import ssl\n\ncontext = ssl.create_default_context()  # once; then httpx.AsyncClient(verify=context)",
    threads=("encode/httpx#3473", "python/cpython#95031"),
)
