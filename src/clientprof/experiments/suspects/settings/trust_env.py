"""Every new client looks for proxies in the environment."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    built = case.count("clients_built_per_request")
    spent = case.function_us("BaseClient._get_proxy_map")
    if built < 0.01 or spent <= 0:
        return None
    return Evidence(f"{built:.2f} clients are built per request, each of which reads the environment", spent)


SUSPECT = Suspect(
    id="trust-env",
    kind=Kind.SETTING,
    layer=Layer.API,
    hypothesis="a client reads the environment for proxies when it is built",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=patch("trust_env"),
    absent="no client is built while requests run",
    gives_up="proxies and certificates from the environment are not used",
    mistaken="building fewer clients spares this and more",
    remedy="Use one client; where that cannot be, do not let it look into the environment.",
    code="client = httpx.AsyncClient(trust_env=False)",
    turns=(Turn(Knob.LIFETIME, Way.UP),),
)
