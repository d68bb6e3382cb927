"""A client for every request: no connection is ever used twice."""

from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer

_BUILDING = ("create_ssl_context", "AsyncHTTPConnection._connect", "TCPConnector.connect", "AsyncClient.aclose")


def _evidence(case: Case) -> Evidence | None:
    if not case.scenario.client_each:
        return None
    built = case.count("clients_built_per_request")
    times = f"{built:.1f} clients are" if built else "a client is"
    return Evidence(
        f"{times} built per request, each with connections of its own", case.function_us(*_BUILDING) or None
    )


SUSPECT = Suspect(
    id="client-per-request",
    kind=Kind.SETTING,
    layer=Layer.CONNECT,
    hypothesis="a client for every request opens a connection, makes a handshake and loads certificates each time",
    adapters=frozenset(),
    evidence=_evidence,
    intervention=lambda case: Intervention(scenario={"client_each": False}),
    absent="the requests share one client",
    mistaken="one client makes its requests wait for one another where its limit is small",
    remedy="Build one client when the program starts and close it when it ends.",
    code="async def main():\n    async with httpx.AsyncClient() as client:\n        ...  # the whole program",
    threads=("encode/httpx#838",),
    turns=(Turn(Knob.LIFETIME, Way.UP),),
)
