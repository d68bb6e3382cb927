"""``clientprof scenario keepalive``: above 20 connections httpx closes what it should keep."""

from clientprof.attribution.differences.story_columns import (
    ACCEPTED,
    Column,
    counted,
    cpu_us,
    failed,
    wall_ratio,
    wall_s,
)
from clientprof.experiments.scenarios.tour import Tour, each_client
from clientprof.model.recording import Recording
from clientprof.model.results import TraceResult
from clientprof.model.story import StoryColumn
from clientprof.workload.load.scenario import Scenario

LOAD = Scenario(concurrency=60, requests=600, delay_ms=100.0)
OPENED = "connections_opened_per_1000_requests"

COLUMNS: tuple[Column, ...] = (
    (StoryColumn("opened/1000", places=1), counted(OPENED)),
    (StoryColumn("by the origin", places=1), counted(ACCEPTED)),
    (StoryColumn("CPU/req", "us", 0), cpu_us),
    (StoryColumn("round", "s", 2), wall_s),
    (StoryColumn("x wall"), wall_ratio),
    (StoryColumn("failed", places=0), failed),
)


def remarks(result: TraceResult, recording: Recording) -> tuple[str, ...]:
    """What happened to connections, by count."""
    said = []
    for client in result.clients:
        counts = {row.name: row.value for row in client.counters}
        opened, accepted = counts.get(OPENED), counts.get(ACCEPTED)
        if opened is None or accepted is None:
            continue
        # Means of the same counts, taken in another order: to the place that is shown.
        same = round(opened, 1) == round(accepted, 1)
        agree = "the origin's log agrees" if same else f"the origin's log says {accepted:.1f}"
        if opened >= 10:
            said.append(
                f"{client.name} {client.version} opened {opened:.{0 if same else 1}f} connections per 1000 requests in warm "
                f"rounds ({agree}): it gives up connections that the next request needs"
            )
        else:
            said.append(f"{client.name} {client.version} reused its connections ({agree})")
    return tuple(said)


STORY = """\
60 requests in flight, 600 in a round, a server that takes 100 ms, every limit at its default. 60 connections are
enough for all of it, and no client need ever open another. httpx counts all its connections where it should count
idle ones, so that beyond 20 it closes a connection as soon as it is free (httpcore issue 1000). With a fast server
few are idle at once and nobody notices; with a slow one each request pays for a new connection, and over TLS for a
handshake."""

SCENARIO = Tour(
    "keepalive",
    STORY,
    parts=each_client(LOAD),
    baseline="aiohttp",
    columns=COLUMNS,
    rounds=2,
    remarks=remarks,
)
