"""``clientprof scenario recycle``: a server that closes each connection after ten answers."""

from clientprof.attribution.differences.story_columns import (
    ACCEPTED,
    CONNECTIONS_OPENED,
    Column,
    cpu_ratio,
    cpu_us,
    failed,
    p99_ms,
    wall_s,
)
from clientprof.experiments.scenarios.tour import Tour, each_client
from clientprof.model.recording import Recording
from clientprof.model.results import TraceResult
from clientprof.model.story import StoryColumn
from clientprof.workload.load.scenario import Scenario

LOAD = Scenario(concurrency=64, requests=2000, close_after=10)

COLUMNS: tuple[Column, ...] = (
    CONNECTIONS_OPENED,
    (StoryColumn("CPU/req", "us", 0), cpu_us),
    (StoryColumn("x CPU"), cpu_ratio),
    (StoryColumn("2000 requests", "s", 2), wall_s),
    (StoryColumn("p99", "ms", 0), p99_ms),
    (StoryColumn("failed", places=0), failed),
)


def remarks(result: TraceResult, recording: Recording) -> tuple[str, ...]:
    """Connections opened beside those that the server's closing makes necessary."""
    said = []
    for client in result.clients:
        row = next((row for row in client.counters if row.name == ACCEPTED), None)
        if row is None or row.expected is None:
            continue
        more = "it closes connections that the server would have kept" if row.value > 1.5 * row.expected else "no more"
        said.append(
            f"{client.name} {client.version} opened {row.value:.0f} connections per 1000 requests; the server closed "
            f"{row.expected:.0f}: {more}"
        )
    return tuple(said)


STORY = """\
2000 GETs, 64 in flight, and a server that closes each connection after ten answers and says so, as servers and load
balancers are set up to do. A client must open 100 connections per 1000 requests, no more. In httpx the churn keeps more
than 20 connections open, beyond its limit of idle ones, and what lies beyond that it closes after one answer each
(httpcore issue 1000): the two faults feed each other. Other servers: --close-after, --silent-close, --idle-close,
--accept-delay, --refuse."""

SCENARIO = Tour(
    "recycle",
    STORY,
    parts=each_client(LOAD),
    baseline="aiohttp",
    columns=COLUMNS,
    rounds=2,
    remarks=remarks,
)
