"""``clientprof scenario llm``: many long streamed answers at once, as clients of language models have them."""

from dataclasses import replace

from clientprof.attribution.differences.story_columns import (
    ACCEPTED,
    CONNECTIONS_OPENED,
    Column,
    cpu_us,
    failed,
    p50_ms,
    p99_ms,
    phase_ms,
)
from clientprof.experiments.scenarios.tour import Part, Tour
from clientprof.model.phases import Phase
from clientprof.model.recording import Recording
from clientprof.model.results import ClientResult, TraceResult
from clientprof.model.story import StoryColumn
from clientprof.workload.load.scenario import Scenario

# 20 events, the first with the headers: 19 gaps make a second.
DEFAULT = Scenario(concurrency=200, size_bytes=2000, chunks=20, gap_ms=52.6, events=True)
# Above 20 connections, so that httpx closes each that falls free: a free one that it keeps wakes everybody who waits, and
# each of them begins its 5 s anew.
QUOTA = replace(DEFAULT, limit=25, keepalive=20)
RAISED = replace(DEFAULT, limit=200, keepalive=20)
KEPT = replace(DEFAULT, limit=200)
IDLE_20, IDLE_200 = "httpx, limit 200", "httpx, 200 kept"

COLUMNS: tuple[Column, ...] = (
    (StoryColumn("p50", "ms", 0), p50_ms),
    (StoryColumn("p99", "ms", 0), p99_ms),
    (StoryColumn("pool", "ms", 0), phase_ms(Phase.POOL)),
    CONNECTIONS_OPENED,
    (StoryColumn("CPU/req", "us", 0), cpu_us),
    (StoryColumn("failed", places=0), failed),
)


def remarks(result: TraceResult, recording: Recording) -> tuple[str, ...]:
    """Failures by kind, connections opened on a client already in use, and what keeping idle connections costs."""
    said = [*map(_failures, result.clients), _connections(result), _keeping(result)]
    return tuple(remark for remark in said if remark is not None)


def _failures(client: ClientResult) -> str | None:
    control = client.control
    if control is None or not control.errors:
        return None
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(control.errors.items()))
    return f"{client.name}: {kinds} in {control.ok + sum(control.errors.values())} requests"


def _connections(result: TraceResult) -> str | None:
    counts = {client.name: row.value for client in result.clients for row in client.counters if row.name == ACCEPTED}
    if not counts:
        return None
    listed = "; ".join(f"{name}: {value:.0f}" for name, value in counts.items())
    return f"Connections opened per 1000 requests by clients that were already in use: {listed}"


def _keeping(result: TraceResult) -> str | None:
    controls = {client.name: client.control for client in result.clients}
    few, many = controls.get(IDLE_20), controls.get(IDLE_200)
    if few is None or many is None:
        return None
    costs = [control.cpu_us_per_request.value / 1000 for control in (few, many)]
    return (
        f"httpx with limit 200: keeping 20 idle connections takes {costs[0]:.1f} ms of CPU per request, keeping 200 takes "
        f"{costs[1]:.1f} ms; the median answer takes {few.latency_ms.p50:,.0f} and {many.latency_ms.p50:,.0f} ms"
    )


STORY = """\
Answers of a second each, as 20 server-sent events, 200 at once. httpx and aiohttp allow 100 connections by default, so
half of the requests wait a whole answer for one; of the connections that fall free httpx keeps 20 at most and opens others
anew. With limit 25, as a quota asks for, 200 requests need eight turns of a second, and httpx gives up on a request that
has waited 5 s for a connection. With limit 200 nobody need wait for one: once with 20 idle connections kept, the default,
and once with all 200 kept."""

SCENARIO = Tour(
    "llm",
    STORY,
    parts=(
        Part("httpx, defaults", "httpx", DEFAULT),
        Part("httpx, limit 25", "httpx", QUOTA),
        Part(IDLE_20, "httpx", RAISED),
        Part(IDLE_200, "httpx", KEPT),
        Part("aiohttp, defaults", "aiohttp", DEFAULT),
    ),
    # A single round gives no verdict, and a second run of a baseline takes 6 s.
    baseline=None,
    columns=COLUMNS,
    rounds=1,
    mirrored=False,
    remarks=remarks,
)
