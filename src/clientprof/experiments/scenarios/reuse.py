"""``clientprof scenario reuse``: one client for all requests, or a new one for each; sync and async clients."""

from dataclasses import replace

from clientprof.attribution.differences.story_columns import CONNECTIONS_OPENED, Column, Told, cpu_us, failed, wall_s
from clientprof.experiments.scenarios.tour import Part, Tour
from clientprof.model.recording import Recording
from clientprof.model.results import TraceResult
from clientprof.model.story import StoryColumn
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.scenario_labels import parse_label

ONCE = Scenario(concurrency=1, requests=100, delay_ms=5.0, tls=True)
EACH = replace(ONCE, client_each=True)
CLIENTS = {"httpx": "httpx", "aiohttp": "aiohttp", "requests": "requests", "httpx sync": "httpx-sync"}
# Seconds for 100 requests, client made once and made for each, as published in the debate (one host on the internet, once).
PUBLISHED: dict[str, tuple[float | None, float | None]] = {
    "httpx": (4.35, 6.37),
    "aiohttp": (2.23, 2.66),
    "requests": (4.67, 10.29),
    "httpx sync": (None, 16.60),
}
PUBLISHED_REQUESTS = 100
# Of a new connection with TLS 1.3: one to connect, one to shake hands.
_NEW_ROUND_TRIPS = 2


def published_s(told: Told) -> float | None:
    """What the debate's table says of this row."""
    name, _, way = told.client.name.partition(", ")
    return PUBLISHED[name][way == "new each"]


COLUMNS: tuple[Column, ...] = (
    (StoryColumn("100 requests", "s", 3), wall_s),
    (StoryColumn("CPU/req", "us", 0), cpu_us),
    CONNECTIONS_OPENED,
    (StoryColumn("failed", places=0), failed),
    (StoryColumn("published", "s", 2), published_s),
)


def network_of(recording: Recording) -> tuple[float, int]:
    """The round trip in milliseconds, 0 without a network, and the requests of a round."""
    label = next(value for _, name, value in recording.manifest.workload if name.startswith("load of "))
    load = parse_label(label)
    return load.rtt_ms, load.requests_per_round


def remarks(result: TraceResult, recording: Recording) -> tuple[str, ...]:
    """New for each over made once, beside the published ratio; what of it are round trips, and what room is for them."""
    rtt_ms, requests = network_of(recording)
    walls = {c.name: c.control.wall_s.value for c in result.clients if c.control is not None}
    said = []
    for name, (once, each) in PUBLISHED.items():
        measured = walls.get(f"{name}, new each"), walls.get(f"{name}, once")
        if measured[0] is None or not measured[1]:
            continue
        there = f"{each / once:.2f}x as published" if once and each else "no published ratio"
        text = f"{name}: a new client for each request takes {measured[0] / measured[1]:.2f}x as long ({there})"
        if rtt_ms:
            more_ms = (measured[0] - measured[1]) / requests * 1000
            beside = f"; published {(each - once) / PUBLISHED_REQUESTS * 1000:.1f} ms" if once and each else ""
            text += (
                f", {more_ms:.1f} ms more a request{beside}. Of these, {_NEW_ROUND_TRIPS} round trips are "
                f"{_NEW_ROUND_TRIPS * rtt_ms:g} ms, and {more_ms - _NEW_ROUND_TRIPS * rtt_ms:.1f} ms are the client's "
                "and the server's own"
            )
        said.append(text)
    if not rtt_ms:
        return (*said, "Only ratios can be compared: the published seconds hold the way to a host on the internet.")
    least, name = min((each - once, name) for name, (once, each) in PUBLISHED.items() if once and each)
    most_ms = least / PUBLISHED_REQUESTS * 1000 / _NEW_ROUND_TRIPS
    return (
        *said,
        f"The published differences have room for a round trip of {most_ms:.1f} ms at most: {name}'s holds "
        f"{_NEW_ROUND_TRIPS} of them. What is above that in the others is not the network's.",
    )


STORY = """\
100 GETs over TLS, one after another, to a server that takes 5 ms. Each client is made once for all of them, then anew for
each, which opens a connection and shakes hands every time, and in all but aiohttp builds a TLS context too (with one CA;
`--trust default` has it load its own store, as users have it). `--rtt 20` puts a network between client and server. The
published table of the debate stands beside: seconds for 100 requests to one host on the internet."""

SCENARIO = Tour(
    "reuse",
    STORY,
    parts=tuple(
        Part(f"{name}, {way}", client, load)
        for name, client in CLIENTS.items()
        for way, load in (("once", ONCE), ("new each", EACH))
    ),
    baseline="aiohttp, once",
    columns=COLUMNS,
    lenses=("control", "ledger"),
    rounds=2,
    remarks=remarks,
)
