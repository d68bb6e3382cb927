"""``clientprof scenario llm``: many long streamed answers at once, as clients of language models have them."""

from clientprof.attribution.story_columns import Column, counted, cpu_us, failed, p50_ms, p99_ms, phase_ms
from clientprof.experiments.scenarios.tour import Part, Tour
from clientprof.model.phases import Phase
from clientprof.model.story import StoryColumn
from clientprof.workload.scenario import Scenario

# 20 events, the first with the headers: 19 gaps make a second.
DEFAULT = Scenario(concurrency=200, size_bytes=2000, chunks=20, gap_ms=52.6, events=True)
RAISED = Scenario(concurrency=200, size_bytes=2000, chunks=20, gap_ms=52.6, events=True, limit=200)
CROWD = Scenario(concurrency=600, size_bytes=2000, chunks=20, gap_ms=52.6, events=True)

COLUMNS: tuple[Column, ...] = (
    (StoryColumn("p50", "ms", 0), p50_ms),
    (StoryColumn("p99", "ms", 0), p99_ms),
    (StoryColumn("pool", "ms", 0), phase_ms(Phase.POOL)),
    (StoryColumn("conns/1000", places=0), counted("connections_accepted_per_1000_requests")),
    (StoryColumn("CPU/req", "us", 0), cpu_us),
    (StoryColumn("failed", places=0), failed),
)

STORY = """\
Answers of a second each, as 20 server-sent events, 200 at once. httpx and aiohttp allow 100 connections by default, so
half of the requests wait a whole answer for one; of the connections that fall free httpx keeps 20 at most and opens others
anew. With 600 at once the last in line wait for five answers. Raised limits are the same client with limit=200, for
connections and idle ones alike: then nobody need wait, and what is left is the client's own work for 200 streams."""

SCENARIO = Tour(
    "llm",
    STORY,
    parts=(
        Part("httpx, defaults", "httpx", DEFAULT),
        Part("httpx, 600 at once", "httpx", CROWD),
        Part("httpx, limit 200", "httpx", RAISED),
        Part("aiohttp, defaults", "aiohttp", DEFAULT),
    ),
    baseline="aiohttp, defaults",
    columns=COLUMNS,
    rounds=1,
    mirrored=False,
)
