"""The parent's side of a planted worker: settings, origin, run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from clientprof.experiments.environment_rows import two_cores
from clientprof.model.run import Run
from clientprof.origin.options import Options
from clientprof.origin.process import Journal, OriginProcess
from clientprof.proof.planting.orders import Orders
from clientprof.workload.load.scenario import Loop, Scenario
from clientprof.workload.process import Event, run_worker
from clientprof.workload.settings import WorkerSettings

TIMEOUT_S = 180.0
PLANTED_ENTRY = ("-m", "clientprof.proof.planting.worker")


@dataclass(frozen=True, slots=True)
class Observed:
    """A worker's run, and the origin's own account of its warm rounds."""

    run: Run
    journal: Journal


def on(loop: Loop) -> str:
    """How a check's name tells the loop: nothing for asyncio's."""
    return "" if loop is Loop.ASYNCIO else f" on {loop}"


@contextmanager
def origin_beside(*, tls: bool = False, seed: int = 1) -> Iterator[OriginProcess]:
    """An origin on the second core, where there is one."""
    _, core = two_cores()
    with OriginProcess(Options(tls=tls, cpu=core, seed=seed)) as origin:
        yield origin


def settings_for(origin: OriginProcess, client: str, lens: str, concurrency: int, path: str) -> WorkerSettings:
    """One worker of warm rounds; change what a check needs with ``dataclasses.replace``."""
    (core, _), ready = two_cores(), origin.ready
    return WorkerSettings(
        client=client,
        adapter=client,
        lens=lens,
        arm=client,
        block=0,
        urls=(f"{ready.base_url}{path}",),
        scenario=Scenario(concurrency),
        cold=False,
        opening=concurrency,
        ca_file=ready.ca_file,
        expected_status=200,
        expected_bytes=None,
        rounds=1,
        max_rounds=100_000,
        min_cpu_s=0.0,
        max_seconds=60.0,
        seed=1,
        cpu=core,
        interval_us=1000.0,
        output="",
    )


def run_planted(origin: OriginProcess, settings: WorkerSettings, orders: Orders | None = None) -> Observed:
    """Run the worker, planted if there are orders.

    Raises:
        WorkerError: the worker failed, or a request did: a proof rests on answered requests only.
    """
    journals: dict[str, Journal] = {}

    def on_event(event: Event) -> None:
        if event["event"] in ("measured", "end"):
            journals[str(event["event"])] = origin.journal()
            origin.mark()

    if orders is None:
        run = run_worker(settings, on_event, timeout_s=TIMEOUT_S)
    else:
        run = run_worker(settings, on_event, timeout_s=TIMEOUT_S, environment=orders.environment(), entry=PLANTED_ENTRY)
    return Observed(run, journals["end"].since(journals["measured"]))


def for_cpu_s(settings: WorkerSettings, cpu_s: float, interval_us: float) -> WorkerSettings:
    """The settings for that much of the client's CPU in warm rounds, sampled at that interval."""
    return replace(settings, min_cpu_s=cpu_s, interval_us=interval_us, max_seconds=4 * cpu_s + 10)
