"""``clientprof scenario recycle``: a server that closes each connection after ten answers."""

from clientprof.attribution.differences.story_columns import (
    ACCEPTED,
    CLOSED_BY_CLIENT,
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
from clientprof.model.results import ClientResult, TraceResult
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
    """Connections opened beside those that the server's closing makes necessary, and those that the client closed."""
    return tuple(said for client in result.clients if (said := opened(client)) is not None)


def opened(client: ClientResult) -> str | None:
    """What became of one client's connections; None where nobody counted them."""
    rows = {row.name: row for row in client.counters}
    row, closed = rows.get(ACCEPTED), rows.get(CLOSED_BY_CLIENT)
    if row is None or row.expected is None:
        return None
    text = (
        f"{client.name} {client.version} opened {row.value:.0f} connections per 1000 requests, of which the server's "
        f"closing makes {row.expected:.0f} necessary"
    )
    return text if closed is None else f"{text}; the client closed {closed.value:.0f} itself"


STORY = """\
2000 GETs, 64 in flight, and a server that closes each connection after ten answers and says so, as servers and load
balancers are set up to do. A client that keeps its connections until then opens 100 per 1000 requests; rounds begin and
end with connections half used, so it may be a few more or fewer. In httpx the churn keeps more than 20 connections open,
beyond its limit of idle ones, and what lies beyond that it closes itself, long before its tenth answer (httpcore issue
1000): the two faults feed each other. Other servers: --close-after, --silent-close, --idle-close, --accept-delay,
--refuse."""

SCENARIO = Tour(
    "recycle",
    STORY,
    parts=each_client(LOAD),
    baseline="aiohttp",
    columns=COLUMNS,
    rounds=2,
    remarks=remarks,
)
