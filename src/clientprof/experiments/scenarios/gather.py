"""``clientprof scenario gather``: the script that started the debate, 512 requests at once and three rounds."""

from clientprof.attribution.differences.story_columns import Column, Told, cold_s, cpu_us, failed, round_s, wall_ratio
from clientprof.experiments.scenarios.tour import Part, Tour
from clientprof.model.story import StoryColumn
from clientprof.workload.load.scenario import Scenario

LOAD = Scenario(concurrency=512)


def mean_s(told: Told) -> float | None:
    """Mean over the three rounds, the cold one included, as the scripts of the debate take it."""
    rounds = [value(told) for value in (cold_s, round_s(0), round_s(1))]
    known = [wall for wall in rounds if wall is not None]
    return sum(known) / len(known) if len(known) == len(rounds) else None


COLUMNS: tuple[Column, ...] = (
    (StoryColumn("round 1", "s", 3), cold_s),
    (StoryColumn("round 2", "s", 3), round_s(0)),
    (StoryColumn("round 3", "s", 3), round_s(1)),
    (StoryColumn("mean", "s", 3), mean_s),
    (StoryColumn("x wall"), wall_ratio),
    (StoryColumn("CPU/req", "us", 0), cpu_us),
    (StoryColumn("failed", places=0), failed),
)

STORY = """\
Three rounds of 512 GETs for 1 KiB, all started at once on one shared client, as in the scripts that started the
debate. The first round also opens the connections. Same server, same loop, same requests; between httpx and httpx
over aiohttp only the transport differs, so what httpx keeps of its distance there is its own front end."""

SCENARIO = Tour(
    "gather",
    STORY,
    parts=(
        Part("httpx", "httpx", LOAD),
        Part("httpx on aiohttp", "httpx-over-aiohttp", LOAD),
        Part("aiohttp", "aiohttp", LOAD),
    ),
    baseline="aiohttp",
    columns=COLUMNS,
    lenses=("control", "sample"),
    rounds=4,
    cold_rounds=True,
)
