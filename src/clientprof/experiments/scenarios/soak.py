"""``clientprof scenario soak``: thousands of requests by one client, and what they cost at first and at last."""

from dataclasses import replace

from clientprof.attribution.differences.story_columns import CONNECTIONS_OPENED, Column, Told, cpu_ratio, cpu_us, failed
from clientprof.attribution.findings.subject import shown_slope
from clientprof.experiments.scenarios.tour import Tour, each_client
from clientprof.model.growth.aging import AgingCost
from clientprof.model.recording import Recording
from clientprof.model.results import TraceResult
from clientprof.model.story import StoryColumn
from clientprof.stats.growth_over_age import thirds
from clientprof.workload.load.scenario import Scenario

# Connections end all the time, as they do over hours, so that handshakes have an age too; in a round each ends once, so that
# rounds are alike. Few enough are in flight that httpx keeps them all.
LOAD = Scenario(concurrency=16, requests=320, tls=True, close_after=20)
ROUNDS = 50


def _whole(aging: tuple[AgingCost, ...]) -> AgingCost | None:
    return next((row for row in aging if row.location is None), None)


def slope(told: Told) -> float | None:
    """Log-log slope of CPU per request over the requests made before."""
    row = _whole(told.client.aging)
    return None if row is None or row.slope is None else row.slope.value


def handshake_slope(told: Told) -> float | None:
    """The same of a TLS connection's CPU over the connections made before."""
    costs = told.client.tls
    return None if costs is None or costs.growth is None else costs.growth.value


COLUMNS: tuple[Column, ...] = (
    (StoryColumn("CPU/req", "us", 0), cpu_us),
    (StoryColumn("x CPU"), cpu_ratio),
    (StoryColumn("its slope", places=2), slope),
    (StoryColumn("handshake slope", places=2), handshake_slope),
    CONNECTIONS_OPENED,
    (StoryColumn("failed", places=0), failed),
)


def remarks(result: TraceResult, recording: Recording) -> tuple[str, ...]:
    """What each client costs at first and at last, and the functions whose cost grows."""
    said = []
    for client in result.clients:
        row = _whole(client.aging)
        if row is None or row.slope is None:
            continue
        early, _, late = thirds(row.us_per_request)
        growing = [
            (each.location.name, each.slope) for each in client.aging if each.grows and each.location and each.slope
        ]
        named = "; ".join(f"{function} grows, slope {shown_slope(slope)}" for function, slope in growing[:3])
        what = named or ("all of it grows" if row.grows else "nothing grows")
        said.append(
            f"{client.name} {client.version} takes {early:,.0f} µs of CPU per request in the first third of its "
            f"{row.requests[-1]:,.0f} requests and {late:,.0f} µs in the last (slope {shown_slope(row.slope)}): {what}"
        )
    return tuple(said)


STORY = """\
16,000 GETs over TLS by one client, 16 in flight, from a server that closes each connection after 20 answers, as load
balancers do over a day. The load stays the same, so a sound client costs as much per request at the end as at the start.
What each request or each connection adds and nothing takes away (a list that is scanned, handlers, paths of a certificate
store) makes it grow. A slope of 0 is no growth; at 1 a cost doubles when twice as many requests were made before."""

SCENARIO = Tour(
    "soak",
    STORY,
    parts=each_client(LOAD),
    baseline="aiohttp",
    columns=COLUMNS,
    lenses=("control", "ledger", "sample"),
    rounds=ROUNDS,
    mirrored=False,
    remarks=remarks,
    quick=lambda load: replace(load, requests=160, close_after=10),
)
