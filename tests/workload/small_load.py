"""Settings of a small worker run, and the run with the origin's journals at each event."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from clientprof.model.run import Run
from clientprof.origin.process import Journal, OriginProcess
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.process import Event, run_worker
from clientprof.workload.settings import WorkerSettings

TIMEOUT_S = 60.0
LOAD = {field.name for field in fields(Scenario)}


@dataclass(frozen=True)
class Followed:
    """A worker's run, its events, and the origin's journal at ``cold``, ``measured`` and ``end``."""

    run: Run
    events: Sequence[Event]
    journals: dict[str, Journal]


def settings_for(origin: OriginProcess | None, **changes: Any) -> WorkerSettings:
    """httpx under the control lens, 16 requests at once, one round after the cold one."""
    ready = None if origin is None else origin.ready
    settings = WorkerSettings(
        client="httpx",
        adapter="httpx",
        lens="control",
        arm="httpx",
        block=0,
        urls=("http://127.0.0.1:9/" if ready is None else f"{ready.base_url}{changes.pop('path', '/1k')}",),
        scenario=Scenario(concurrency=16),
        cold=True,
        opening=16,
        ca_file=None if ready is None else ready.ca_file,
        expected_status=200,
        expected_bytes=1024,
        rounds=1,
        max_rounds=1,
        min_cpu_s=0.0,
        max_seconds=10.0,
        seed=1,
        cpu=None,
        interval_us=1000.0,
        output="",
    )
    load = {name: changes.pop(name) for name in LOAD if name in changes}
    changes.setdefault("adapter", changes.get("client", "httpx"))
    return replace(settings, **changes, scenario=replace(settings.scenario, **load))


def followed(origin: OriginProcess, **changes: Any) -> Followed:
    """Run a worker and read the origin's journal whenever the worker waits."""
    events: list[Event] = []
    journals: dict[str, Journal] = {}

    def on_event(event: Event) -> None:
        events.append(event)
        if event["event"] in ("cold", "measured", "end"):
            journals[str(event["event"])] = origin.journal()
            origin.mark()

    run = run_worker(settings_for(origin, **changes), on_event, timeout_s=TIMEOUT_S)
    return Followed(run, events, journals)
