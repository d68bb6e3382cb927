"""``clientprof scenario cold``: a new client, a new connection and a handshake for every request."""

from clientprof.attribution.differences.story_columns import (
    CONNECTIONS_OPENED,
    Column,
    cpu_ratio,
    cpu_us,
    failed,
    p50_ms,
    wall_s,
)
from clientprof.experiments.scenarios.tour import Part, Tour
from clientprof.model.story import StoryColumn
from clientprof.workload.load.scenario import Scenario

LOAD = Scenario(concurrency=32, tls=True, client_each=True)
WARM = Scenario(concurrency=32, tls=True)

COLUMNS: tuple[Column, ...] = (
    (StoryColumn("32 requests", "s", 3), wall_s),
    (StoryColumn("CPU/req", "us", 0), cpu_us),
    (StoryColumn("x CPU"), cpu_ratio),
    (StoryColumn("p50", "ms", 1), p50_ms),
    CONNECTIONS_OPENED,
    (StoryColumn("failed", places=0), failed),
)

STORY = """\
32 GETs at once over TLS, each with a client of its own that is closed after it, as code does that writes `async with
AsyncClient()` inside a function. Every request pays for a connection, a handshake and whatever the client builds when it is
made: httpx builds a TLS context for each client, aiohttp has one for all. That context holds one CA here; with the bundle
that clients load by default it costs more. The same requests on one shared client stand beside."""

SCENARIO = Tour(
    "cold",
    STORY,
    parts=(
        Part("httpx, new each", "httpx", LOAD),
        Part("httpx, shared", "httpx", WARM),
        Part("aiohttp, new each", "aiohttp", LOAD),
        Part("aiohttp, shared", "aiohttp", WARM),
    ),
    baseline="aiohttp, shared",
    columns=COLUMNS,
    lenses=("control", "ledger", "sample"),
    rounds=2,
)
