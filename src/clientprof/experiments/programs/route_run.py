"""Running a service plan: origin, one process of the service after another, its load, and the recording they make.

Ctrl-C and a failing process end the measuring, not the result: what was measured is recorded, marked incomplete.

What is seen of a process from outside is one run, of the lens ``control`` or ``run``: ``round.*`` (one row: what was handled
in which time with which CPU, -1 where nobody tells it), ``load.*`` (one row), ``latency.*`` (the histogram) and
``failed.count`` (of the facts' ``error_types``, in order). Of the measured processes the lanes are runs too, as those of any
program, under the route's name; ``Manifest.programs`` says of which.
"""

import importlib.util
from array import array
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import clientprof
from clientprof.experiments.environment_rows import environment_rows, two_cores
from clientprof.experiments.origin_truth import told_by
from clientprof.experiments.programs.measurement import Limits, Measurement
from clientprof.experiments.programs.route_plan import MEASURED, WARMUP_REQUESTS, ServicePlan, ServiceStep
from clientprof.experiments.programs.run import gather_program, package_versions
from clientprof.experiments.programs.served_app import COMMAND, AppError, Clocks, ServedApp
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.recording import Manifest, Recording
from clientprof.model.run import OriginTruth, RoundKind, Run, RunFacts
from clientprof.origin.options import Options
from clientprof.origin.process import OriginError, OriginProcess
from clientprof.recording.clock import created_now
from clientprof.recording.recording_file import SCHEMA
from clientprof.workload.interpreter_facts import describe_interpreter
from clientprof.workload.programs.fastapi_app.load_process import LoadError, run_load
from clientprof.workload.programs.fastapi_app.load_settings import LoadOutcome, LoadSettings
from clientprof.workload.programs.fastapi_app.wrk import find_wrk

Watch = Callable[[ServiceStep, int, int], None]
SCENARIO = "fastapi"
GENERATORS = ("clientprof", "wrk")
# Of one route's recording; a run of some seconds stays far below.
_MOST_BYTES = 50_000_000


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
    facts: RunFacts
    engine: str = ""
    runs: list[Run] = field(default_factory=list)
    programs: dict[str, ProgramFacts] = field(default_factory=dict)
    notices: list[tuple[str, str, str]] = field(default_factory=list)


def run_service(plan: ServicePlan, watch: Watch) -> ServiceOutcome:
    """Measure everything in the plan. ``watch(step, done, of)`` is called at the start of each process of the service."""
    app_core, load_core = two_cores()
    generator = plan.generator
    if generator == "auto":
        generator = "wrk" if find_wrk() is not None else "clientprof"
    outcome = ServiceOutcome(recording=None)
    session = _Session(
        plan, generator, app_core, load_core, OriginProcess(Options(cpu=load_core, seed=plan.seed)), _facts()
    )
    try:
        session.engine = session.origin.start().engine
        for number, step in enumerate(plan.steps):
            watch(step, number, len(plan.steps))
            _run_step(session, step)
    except KeyboardInterrupt:
        outcome.interrupted = True
    except (AppError, LoadError, OriginError) as error:
        outcome.failure = str(error)
    finally:
        session.origin.close()
    if session.runs:
        outcome.recording = Recording(_manifest(session, outcome), tuple(session.runs))
    return outcome


def _facts() -> RunFacts:
    """What holds for all processes of the service: it runs in this interpreter's environment."""
    protocol = "httptools" if importlib.util.find_spec("httptools") is not None else "h11"
    interpreter = describe_interpreter()
    return RunFacts(
        client="",
        lens="",
        arm="",
        block=0,
        requests_per_round=0,
        complete=True,
        loop=f"asyncio selector, uvicorn {protocol}",
        python=interpreter.version,
        interpreter=interpreter,
        packages=package_versions(),
    )


def _run_step(session: _Session, step: ServiceStep) -> None:
    """One process under load; its runs are added to the session once it has ended."""
    plan, origin = session.plan, session.origin
    with ExitStack() as stack:
        measurement = None
        if step.lens == MEASURED:
            # All of it in detail: what that costs is told beside.
            limits = Limits(0.0, None, None, _MOST_BYTES, detail="always", seed=plan.seed)
            measurement = stack.enter_context(Measurement(limits))
        what = f"the service under the load of its route {step.route} ({step.lens})"
        url = f"{origin.ready.base_url}/delay/{plan.delay_ms}/{plan.size}"
        app = stack.enter_context(ServedApp(url, what, cpu=session.app_core, measurement=measurement))
        opening = min(WARMUP_REQUESTS, plan.concurrency)
        load = LoadSettings(app.port, f"/{step.route}", opening, None, opening, plan.timeout_s)
        run_load(load, generator="clientprof", cpu=session.load_core)
        app.drain(lambda: origin.journal().requests)
        journal, began = origin.journal(), app.clocks()
        if measurement is not None:
            measurement.begin(began.at_ns)
        load = replace(load, concurrency=plan.concurrency, seconds=plan.seconds, requests=None)
        generator = "clientprof" if measurement is not None else session.generator
        seen = run_load(load, generator=generator, cpu=session.load_core)
        app.drain(lambda: origin.journal().requests)
        ended, truth = app.clocks(), told_by(origin.journal().since(journal))
        found = [_seen_outside(session.facts, step, (began, ended), seen, truth)]
        if measurement is not None:
            measurement.end("the load had ended")
            found += _measured_lanes(session, step, measurement, app.stop())
    session.runs += found


def _measured_lanes(session: _Session, step: ServiceStep, measurement: Measurement, exit_code: int) -> list[Run]:
    outcome = gather_program(measurement, exit_code, (), COMMAND, session.plan.seed)
    if outcome.recording is None:
        raise AppError(f"nothing was measured on the route {step.route}: {outcome.reason}")
    manifest = outcome.recording.manifest
    assert manifest.program is not None
    session.programs[step.route] = manifest.program
    session.notices += manifest.notices
    return [Run(replace(run.facts, client=step.route, arm=step.route), run.columns) for run in outcome.recording.runs]


def _seen_outside(
    facts: RunFacts, step: ServiceStep, clocks: tuple[Clocks, Clocks], seen: LoadOutcome, truth: OriginTruth
) -> Run:
    began, ended = clocks
    main_ns = -1
    if began.main_cpu_ns is not None and ended.main_cpu_ns is not None:
        main_ns = ended.main_cpu_ns - began.main_cpu_ns
    rows = {
        "round.kind": [int(RoundKind.MEASURED)],
        "round.first": [0],
        # What was under way when wrk's time was up is not among its answers; the origin saw it, if the route asks it.
        "round.count": [truth.requests or seen.answered],
        "round.started_ns": [began.at_ns],
        "round.ended_ns": [ended.at_ns],
        "round.cpu_ns": [ended.cpu_ns - began.cpu_ns],
        "round.thread_cpu_ns": [main_ns],
        "load.generator": [GENERATORS.index(seen.generator)],
        "load.duration_ns": [seen.duration_ns],
        "load.finished": [seen.finished],
        "load.answered": [seen.answered],
        "load.cpu_ns": [-1 if seen.cpu_ns is None else seen.cpu_ns],
        "latency.us": seen.latency_us,
        "latency.count": seen.latency_count,
        "failed.count": seen.errors.values(),
    }
    own = replace(
        facts, client=step.route, arm=step.route, lens=step.lens, block=step.block, origin=truth,
        error_types=tuple(seen.errors),
    )  # fmt: skip
    return Run(own, {name: array("q", values) for name, values in rows.items()})


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
        ("workload", "time", f"{plan.seconds:g} s a run, {plan.blocks} unmeasured runs and a measured one a route"),
        ("workload", "load generator", f"{generator}; clientprof's own for the measured run"),
        ("workload", "origin", f"local, {session.engine}; {plan.size} after {plan.delay_ms} ms"),
        ("workload", "cores", pinned),
    )
    notices = list(dict.fromkeys(session.notices))
    if outcome.failure is not None:
        notices.append(("run-failed", f"{outcome.failure}.", "The runs before it are shown."))
    return Manifest(
        schema=SCHEMA,
        created=created_now(),
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
        programs=session.programs,
    )
