"""One step of a trace: its worker's settings, its run, what the server saw of it, and what becomes of a slow client."""

from collections.abc import Mapping
from dataclasses import replace

from clientprof.experiments import reaching_origin
from clientprof.experiments.origin_truth import told_by
from clientprof.experiments.traces.in_time import fewest_rounds, long_clients, most_of_step_s
from clientprof.experiments.traces.server_columns import needs_both_ends, server_columns
from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.experiments.traces.trace_session import Lane, Session, was_cold
from clientprof.model.lenses import LENS_RUNS
from clientprof.model.run import Run, UnfinishedRound
from clientprof.origin.process import OriginError, OriginReady
from clientprof.origin.routing.expected import expected
from clientprof.origin.truth.journal import Journal
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.targets import path_of
from clientprof.workload.process import LOOK_AT, Event, WorkerError, WorkerProcess, run_worker
from clientprof.workload.settings import WorkerSettings

# For a lens to start, open connections and see something.
_LEAST_S = 10.0


def run_step(session: Session, lane: Lane, step: WorkerStep, number: int) -> None:
    """Measure the step of that number in that lane and take in its run.

    Raises:
        WorkerError: it could not be measured.
        OriginError: the lane's server has ended.
    """
    plan, origin = session.plan, lane.origin
    slow = step.client in session.slow
    step = replace(step, cold=session.wants_cold(step))
    scenario = plan.load(step.client)
    journals: dict[str, Journal] = {}

    def on_event(event: Event) -> None:
        if origin is not None and event["event"] in ("cold", "measured", "end"):
            journals.setdefault(str(event["event"]), origin.journal())
            origin.mark()
        if origin is not None and event["event"] == "hold":
            origin.hold()
        if origin is not None and event["event"] == "release":
            origin.release()
        session.watch(step, number, len(plan.steps), event)

    settings = settings_of(session, lane, step, number)
    # The control run of a slow client may take its time; the others then show where that goes.
    short = slow and step.lens != "control"
    most_s = most_of_step_s(plan, step, session.runs)
    timeout_s = min(most_s, max(plan.worker_timeout_s * LOOK_AT, _LEAST_S)) if short else most_s
    # Who has ended long rounds can, however late the first answer of one comes; a first round is another matter.
    look = not short and (step.cold or step.client not in long_clients(plan, session.runs))
    lane.worker = session.ahead.take(settings) or WorkerProcess(
        settings, python=plan.subject(step.client).python, within=within(session, lane, step)
    )
    try:
        run = run_worker(settings, on_event, timeout_s=timeout_s, look=look, worker=lane.worker)
    except WorkerError as error:
        # A worker that fails because its server is gone should say so.
        if origin is not None and not origin.alive():
            raise OriginError(f"the origin died while {step.client} was measured under {step.lens}") from error
        raise
    finally:
        lane.worker = None
        if origin is not None and step.lens == "memory" and origin.alive():
            origin.release()  # whatever became of the worker that had it hold
    if run.facts.unfinished is not None:
        check_unfinished(session, step, run.facts.unfinished)
    if {"cold", "measured", "end"} <= journals.keys():
        run = _with_origins_word(run, journals, scenario, cold=step.cold)
    if origin is not None and step.lens == "ledger" and needs_both_ends(run, kept=not plan.scenario.client_each):
        run = Run(run.facts, {**run.columns, **server_columns(origin.connections(), journals["cold"].taken_ns)})
    session.runs.append(run)
    step = replace(step, cold=False)
    if was_cold(run) and not session.is_enough(step):
        # Later rounds of the client may do better.
        run_step(session, lane, step, number)


def _with_origins_word(run: Run, journals: Mapping[str, Journal], scenario: Scenario, *, cold: bool) -> Run:
    """The run with what its server counted in the cold round and in the measured ones, by the journals between them."""
    begun, measured, ended = (journals[name] for name in ("cold", "measured", "end"))
    facts = replace(
        run.facts,
        origin_cold=told_by(measured.since(begun), scenario.close_after) if cold else None,
        origin=told_by(ended.since(measured), scenario.close_after, opened=measured.max_connections_open),
        expected_sha256=expected(path_of(scenario)).sha256,
    )
    return Run(facts, run.columns)


def within(session: Session, lane: Lane, step: WorkerStep) -> tuple[str, ...]:
    """What a worker's command begins with."""
    plan, ready = session.plan, lane.ready
    if ready is None:
        return ()
    return tuple(reaching_origin.within(ready, plan.load(step.client), plan.subject(step.client).adapter))


def settings_of(session: Session, lane: Lane, step: WorkerStep, number: int) -> WorkerSettings:
    """What the worker of that step is told."""
    plan, ready = session.plan, lane.ready
    scenario = plan.load(step.client)
    awaited = None if ready is None else expected(path_of(scenario))
    subject = plan.subject(step.client)
    if ready is not None:
        ca_file = reaching_origin.ca_file(ready, scenario, subject.adapter)
    else:
        ca_file = None if plan.ca_file is None else str(plan.ca_file)
    return WorkerSettings(
        client=step.client,
        lens=step.lens,
        arm=step.arm,
        block=step.block,
        urls=_urls(plan, scenario, ready),
        scenario=scenario,
        cold=session.wants_cold(step),
        opening=plan.opening(step.client),
        ca_file=ca_file,
        expected_status=200,
        expected_bytes=None if awaited is None else awaited.size_bytes,
        rounds=1 if step.client in session.slow else fewest_rounds(plan, step),
        most_s=plan.timeout_s_of(step.lens) if plan.as_far else 0.0,
        max_rounds=plan.max_rounds_of(step.lens),
        min_cpu_s=plan.min_cpu_s_of(step.lens, step.client),
        max_seconds=plan.most_seconds,
        seed=plan.seed + number,
        cpu=lane.core,
        interval_us=LENS_RUNS[step.lens].interval_us,
        output="",
        adapter=subject.adapter,
        version=subject.version,
        marks=subject.marks,
    )


def check_unfinished(session: Session, step: WorkerStep, unfinished: UnfinishedRound) -> None:
    """Note that the client is slow; one whose first round alone takes too long is not.

    Raises:
        WorkerError: it can without the instrument, so what the instrument saw of a part is no result.
    """
    measured = any(run.facts.client == step.client for run in session.runs)
    if measured and step.client not in session.slow:
        if unfinished.cold and step.lens == "control":
            return
        raise WorkerError(
            f"{step.client} under the {step.lens} lens answered {unfinished.answered:,} of {unfinished.of:,} requests "
            f"in {unfinished.seconds:.0f} s and was stopped"
        )
    session.slow.add(step.client)


def _urls(plan: TracePlan, scenario: Scenario, ready: OriginReady | None) -> tuple[str, ...]:
    if ready is None:
        return (plan.url or "",)
    return reaching_origin.urls(ready, scenario)
