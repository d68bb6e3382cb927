"""A connection for each request at once: HTTP/2 carries all of them over one."""

from clientprof.experiments.suspects.evidence.httpcore_profile import HTTPCORE_CLIENTS
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    scenario, pool = case.scenario, case.layer_us(Layer.POOL)
    # Without TLS there is no handshake in which to agree on it.
    if scenario.http2 or not scenario.tls or scenario.concurrency < 2 or pool < 1.0:
        return None
    if scenario.refuse_every or scenario.silent_close or scenario.idle_close_ms is not None:
        return None  # the origin does these over HTTP/1.1 alone
    return Evidence(f"the pool takes {pool:,.0f} µs per request for {scenario.concurrency} requests at once", pool)


SUSPECT = Suspect(
    id="http2",
    kind=Kind.SETTING,
    layer=Layer.POOL,
    hypothesis="HTTP/1.1 needs a connection for each request at once, and the pool goes through all of them again and again",
    adapters=HTTPCORE_CLIENTS,
    evidence=_evidence,
    intervention=lambda case: Intervention(packages=("h2",), scenario={"http2": True}),
    absent="the load is HTTP/2 already, or without TLS, or the pool takes no time",
    gives_up="the server must speak HTTP/2; one lost packet stops all requests of the connection, and the server's limit of "
    "streams is that of requests at once",
    mistaken="its frames and header tables are made in Python: with few requests at once, they cost more than the pool did",
    remedy="Use HTTP/2 where the server speaks it.",
    code='client = httpx.AsyncClient(http2=True)  # pip install "httpx[http2]"',
    last=True,
)
