"""``clientprof scenario uploads``: request bodies as bytes, as a stream, as multipart."""

from dataclasses import replace

from clientprof.attribution.differences.story_columns import Column, cpu_us, failed, p50_ms, wall_ratio, wall_s
from clientprof.experiments.scenarios.tour import Part, Tour
from clientprof.model.story import StoryColumn
from clientprof.workload.load.scenario import Scenario, Upload

LOAD = Scenario(concurrency=64, size_bytes=100, upload_bytes=1024 * 1024)

COLUMNS: tuple[Column, ...] = (
    (StoryColumn("64 uploads", "s", 3), wall_s),
    (StoryColumn("x wall"), wall_ratio),
    (StoryColumn("CPU/req", "us", 0), cpu_us),
    (StoryColumn("p50", "ms", 0), p50_ms),
    (StoryColumn("failed", places=0), failed),
)

STORY = """\
64 POSTs of 1 MiB at once on one shared client: the body as bytes, as an asynchronous stream in pieces of 64 KiB, and
as a file in a multipart form. The server reads all of it and answers with 100 bytes; it also returns the SHA-256 of
what arrived. Here the clients' write paths differ: how often a body is copied, cut, and handed to the kernel."""

SCENARIO = Tour(
    "uploads",
    STORY,
    parts=tuple(
        Part(f"{client}, {kind}", client, replace(LOAD, upload=kind))
        for client in ("httpx", "aiohttp")
        for kind in Upload
    ),
    baseline="aiohttp, bytes",
    columns=COLUMNS,
    lenses=("control", "sample"),
    rounds=2,
)
