"""``clientprof scenario burst``: 2000 requests at once, every setting at its default."""

from clientprof.attribution.differences.story_columns import Column, cpu_ratio, cpu_us, failed, p99_ms, wall_s
from clientprof.experiments.scenarios.tour import Tour, each_client
from clientprof.model.story import StoryColumn
from clientprof.workload.load.scenario import Scenario

LOAD = Scenario(concurrency=2000)

COLUMNS: tuple[Column, ...] = (
    (StoryColumn("burst", "s", 2), wall_s),
    (StoryColumn("p99", "ms", 0), p99_ms),
    (StoryColumn("CPU/req", "us", 0), cpu_us),
    (StoryColumn("x CPU"), cpu_ratio),
    (StoryColumn("failed", places=0), failed),
)

STORY = """\
2000 GETs for 1 KiB started at once with default settings on a client whose connections are open, against a server that
answers at once. Whatever grows with the queue shows here: passes over all connections for every request that waits, and
requests that fail because their turn does not come within the pool timeout, though the server is idle."""

SCENARIO = Tour(
    "burst",
    STORY,
    parts=each_client(LOAD),
    baseline="aiohttp",
    columns=COLUMNS,
    lenses=("control",),
    rounds=1,
    mirrored=False,
)
