"""Running a service plan: origin, one app process after another, its load, and the recording they make.

Ctrl-C and a failing process end the measuring, not the result: what was measured is recorded, marked incomplete.
"""

import datetime
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import clientprof
from clientprof.experiments.machine import environment_rows, two_cores
from clientprof.experiments.programs.route_plan import INTERVAL_US, WARMUP_REQUESTS, ServicePlan, ServiceStep
from clientprof.model.recording import Manifest, OriginTruth, Recording, Run
from clientprof.origin.process import OriginError, OriginProcess
from clientprof.origin.truth.journal import Journal
from clientprof.recording.recording_file import SCHEMA
from clientprof.workload.programs.fastapi_app.app_process import ServiceError, ServiceProcess
from clientprof.workload.programs.fastapi_app.load_process import LoadError, run_load
from clientprof.workload.programs.fastapi_app.route_settings import LoadOutcome, LoadSettings, ServiceSettings
from clientprof.workload.programs.fastapi_app.wrk import find_wrk

Watch = Callable[[ServiceStep, int, int], None]
SCENARIO = "fastapi"
GENERATORS = ("clientprof", "wrk")


@dataclass(slots=True)
class ServiceOutcome:
    """What a service run left behind. ``failure`` is the one line for the user where it was cut short by an error."""

    recording: Recording | None
    interrupted: bool = False
    failure: str | None = None


@dataclass(slots=True)
class _Session:
    plan: ServicePlan
    generator: str
    app_core: int | None
    load_core: int | None
    origin: OriginProcess
    engine: str = ""
    runs: list[Run] = field(default_factory=list)


def run_service(plan: ServicePlan, watch: Watch) -> ServiceOutcome:
    """Measure everything in the plan. ``watch(step, done, of)`` is called at the start of each app process."""
    app_core, load_core = two_cores()
    generator = plan.generator
    if generator == "auto":
        generator = "wrk" if find_wrk() is not None else "clientprof"
    outcome = ServiceOutcome(recording=None)
    session = _Session(plan, generator, app_core, load_core, OriginProcess(cpu=load_core, seed=plan.seed))
    try:
        session.engine = session.origin.start().engine
        for number, step in enumerate(plan.steps):
            watch(step, number, len(plan.steps))
            session.runs.append(_run_step(session, step, number))
    except KeyboardInterrupt:
        outcome.interrupted = True
    except (ServiceError, LoadError, OriginError) as error:
        outcome.failure = str(error)
    finally:
        session.origin.close()
    if session.runs:
        outcome.recording = Recording(_manifest(session, outcome), tuple(session.runs))
    return outcome


def _run_step(session: _Session, step: ServiceStep, number: int) -> Run:
    plan, origin = session.plan, session.origin
    ledger = step.lens == "ledger"
    settings = ServiceSettings(
        route=step.route,
        lens=step.lens,
        block=step.block,
        origin_url=f"{origin.ready.base_url}/delay/{plan.delay_ms}/{plan.size}",
        seed=plan.seed + number,
        cpu=session.app_core,
        interval_us=INTERVAL_US if ledger else 0.0,
        output="",
    )
    with ServiceProcess(settings) as app:
        opening = min(WARMUP_REQUESTS, plan.concurrency)
        load = LoadSettings(app.port, f"/{step.route}", opening, None, opening, plan.timeout_s, False)
        run_load(load, generator="clientprof", cpu=session.load_core)
        before = origin.journal()
        app.begin()
        load = replace(load, concurrency=plan.concurrency, seconds=plan.seconds, requests=None, stamped=ledger)
        generator = "clientprof" if ledger else session.generator
        seen = run_load(load, generator=generator, cpu=session.load_core)
        app.end()
        after = origin.journal()
        run = app.finish()
    facts = replace(run.facts, origin=_truth(after.since(before)), error_types=tuple(seen.errors))
    return Run(facts, {**run.columns, **_load_columns(seen)})


def _load_columns(seen: LoadOutcome) -> dict[str, "array[int]"]:
    """``load.*``: one row; ``latency.*``: the histogram; ``failed.*``: counts of the facts' ``error_types``, in order."""
    rows = {
        "load.generator": [GENERATORS.index(seen.generator)],
        "load.duration_ns": [seen.duration_ns],
        "load.finished": [seen.finished],
        "load.cpu_ns": [-1 if seen.cpu_ns is None else seen.cpu_ns],
        "latency.us": seen.latency_us,
        "latency.count": seen.latency_count,
        "failed.count": seen.errors.values(),
    }
    return {name: array("q", values) for name, values in rows.items()}


def _truth(journal: Journal) -> OriginTruth:
    return OriginTruth(
        accepts=journal.accepts,
        handshakes=journal.handshakes,
        resumed=journal.handshakes_resumed,
        requests=journal.requests,
        cpu_ns=journal.cpu_ns,
        wall_ns=journal.wall_ns,
        max_in_flight=journal.max_in_flight,
        max_connections=journal.max_connections_open,
    )


def _manifest(session: _Session, outcome: ServiceOutcome) -> Manifest:
    plan = session.plan
    pinned = (
        "not pinned: one core only"
        if session.app_core is None
        else f"app on core {session.app_core}; origin and load generator on core {session.load_core}"
    )
    generator = "wrk" if session.generator == "wrk" else "clientprof's own"
    workload = (
        ("workload", "scenario", SCENARIO),
        ("workload", "requests in flight", str(plan.concurrency)),
        ("workload", "time", f"{plan.seconds:g} s a run, {plan.blocks} control runs and a ledger run a route"),
        ("workload", "load generator", f"{generator}; clientprof's own for the ledger"),
        ("workload", "origin", f"local, {session.engine}; {plan.size} after {plan.delay_ms} ms"),
        ("workload", "cores", pinned),
    )
    notices = []
    if outcome.failure is not None:
        notices.append(("run-failed", f"{outcome.failure}.", "The runs before it are shown."))
    return Manifest(
        schema=SCHEMA,
        created=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        command=plan.command,
        seed=plan.seed,
        complete=not outcome.interrupted and outcome.failure is None,
        tool_version=clientprof.__version__,
        baseline=None,
        clients=plan.routes,
        environment=tuple((r.group, r.name, r.value) for r in environment_rows(plan.concurrency)),
        workload=workload,
        notices=tuple(notices),
        scenario=SCENARIO,
    )
