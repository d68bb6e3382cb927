"""``clientprof scenario many-origins``: one client, fifty hosts."""

from clientprof.attribution.differences.story_columns import (
    CONNECTIONS_OPENED,
    Column,
    cpu_ratio,
    cpu_us,
    failed,
    p99_ms,
    wall_s,
)
from clientprof.experiments.scenarios.tour import Tour, each_client
from clientprof.model.story import StoryColumn
from clientprof.workload.load.scenario import Scenario

MANY = Scenario(concurrency=500, hosts=50)

COLUMNS: tuple[Column, ...] = (
    (StoryColumn("500 requests", "s", 3), wall_s),
    (StoryColumn("CPU/req", "us", 0), cpu_us),
    (StoryColumn("x CPU"), cpu_ratio),
    (StoryColumn("p99", "ms", 0), p99_ms),
    CONNECTIONS_OPENED,
    (StoryColumn("failed", places=0), failed),
)

STORY = """\
500 GETs at once, ten to each of 50 hosts, on one client with default limits, as crawlers and gateways do. A pool that
looks through all its connections for a free one does so here among connections to 49 hosts that cannot serve the
request, and its limit of 100 is shared by all of them: a connection to one host must be closed to open one to
another."""

SCENARIO = Tour(
    "many-origins",
    STORY,
    parts=each_client(MANY),
    baseline="aiohttp",
    columns=COLUMNS,
    rounds=2,
)
