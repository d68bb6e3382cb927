"""Running a trace plan: origins, workers one after another or side by side, and the recording they make.

Ctrl-C and a failing control worker end the measuring, not the result: what was measured is recorded, marked incomplete.
A worker that fails under an instrument takes that lens with it, and nothing else. A client that cannot finish a round in its
time is measured as far as it comes: once without instruments, then for a sixth of that time under each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import clientprof
from clientprof.experiments import reaching_origin
from clientprof.experiments.environment_rows import environment_rows, two_cores
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.traces.in_time import longest_round_s
from clientprof.experiments.traces.network_facts import link_facts, network_notices, network_rows
from clientprof.experiments.traces.origins import origin_for
from clientprof.experiments.traces.side_by_side import run_side_by_side, shared_out
from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.experiments.traces.trace_session import Lane, Session, Watch
from clientprof.experiments.traces.trace_steps import run_step, settings_of, within
from clientprof.model.lenses import LENS_RUNS
from clientprof.model.recording import Manifest, Recording
from clientprof.model.run import FLOOR, Run
from clientprof.origin.process import OriginError
from clientprof.recording.clock import created_now, wall_clock_offset_ns
from clientprof.recording.recording_file import SCHEMA
from clientprof.workload.load.scenario_labels import label_of
from clientprof.workload.process import WorkerError
from clientprof.workload.started_ahead import StartedAhead

# Of a worker, its opening included.
_START_S = 0.5
Early = Callable[[Recording], None]


@dataclass(slots=True)
class TraceOutcome:
    """What a trace left behind. ``failure`` is the one line for the user where it was cut short by an error."""

    recording: Recording | None
    interrupted: bool = False
    failure: str | None = None


def run_trace(plan: TracePlan, watch: Watch, early: Early | None = None) -> TraceOutcome:
    """Measure everything in the plan. ``watch(step, done, of, event)`` is called at each worker's start and events.

    ``early`` is given what there is so far, an incomplete recording, when workers start after a step that says more than
    those before it (``TracePlan.says_more``): nothing is measured then.
    """
    outcome = TraceOutcome(recording=None)
    session: Session | None = None
    lanes = _lanes(plan)
    try:
        _start_origins(lanes)
        session = Session(plan, lanes, watch)
        session.notices += reaching_origin.trust_notices(plan.scenario)
        session.notices += [_left_out(lens, clients) for lens, clients in plan.left_out.items()]
        before: Sequence[int] = ()
        for batch in plan.batches:
            measured = len(session.runs)
            _run_batch(session, batch, early if any(map(plan.says_more, before)) else None)
            before = _measured(plan, batch, session.runs[measured:])
    except KeyboardInterrupt:
        outcome.interrupted = True
    except (WorkerError, OriginError) as error:
        outcome.failure = str(error)
    finally:
        if session is not None:
            session.link = link_facts(lanes[0].origin)
            session.notices += network_notices(session.link)
        for lane in lanes:
            if lane.origin is not None:
                lane.origin.close()
    if session is not None and session.runs:
        complete = not outcome.interrupted and outcome.failure is None
        if outcome.failure is not None:
            session.notices.append(("worker-failed", f"{outcome.failure}.", "The runs before it are shown."))
        elif session.failures:
            outcome.failure = "; ".join(session.failures)
        outcome.recording = Recording(_manifest(session, complete), tuple(session.runs))
    return outcome


def _measured(plan: TracePlan, batch: Sequence[int], runs: Sequence[Run]) -> Sequence[int]:
    """Those steps of the batch that these runs are of; blocks that are not needed any more are left out."""
    made = {(run.facts.arm, run.facts.lens) for run in runs}
    return [number for number in batch if (plan.steps[number].arm, plan.steps[number].lens) in made]


def _lanes(plan: TracePlan) -> tuple[Lane, ...]:
    """Where the plan is measured, nothing started yet; the second lane only where steps can run beside each other.

    Behind a link a second server would have a link of its own, whose packets cost CPU on both cores.
    """
    client_core, origin_core = two_cores()
    if plan.url is not None:
        return (Lane(None, None, client_core),)
    first = Lane(origin_for(plan.scenario, port=plan.port, cpu=origin_core, seed=plan.seed), None, client_core)
    if origin_core is None or plan.scenario.network or sum(map(plan.may_run_beside, range(len(plan.steps)))) < 2:
        return (first,)
    return first, Lane(origin_for(plan.scenario, cpu=client_core, seed=plan.seed), None, origin_core)


def _start_origins(lanes: Sequence[Lane]) -> None:
    """Start the servers, together."""

    def start(lane: Lane) -> None:
        if lane.origin is not None:
            lane.ready = lane.origin.start()

    run_side_by_side([(lane, partial(start, lane)) for lane in lanes])


def _run_batch(session: Session, batch: Sequence[int], early: Early | None) -> None:
    """The steps of these numbers, one after the other in each lane; their workers start together before."""
    shares = _shares(session, batch)
    with StartedAhead() as session.ahead:
        for lane, numbers in shares:
            for number in numbers:
                _start_ahead(session, lane, number)
        # It takes no longer than the starts, which do nothing that is measured.
        if early is not None and session.runs:
            early(Recording(_manifest(session, complete=False), tuple(session.runs)))
        session.ahead.settle(session.plan.worker_timeout_s)
        before = len(session.runs)
        run_side_by_side([(lane, partial(_run_steps, session, lane, numbers)) for lane, numbers in shares])
        order = [(session.plan.steps[number].arm, session.plan.steps[number].lens) for number in batch]
        session.runs[before:] = sorted(
            session.runs[before:], key=lambda run: order.index((run.facts.arm, run.facts.lens))
        )


def _shares(session: Session, batch: Sequence[int]) -> list[tuple[Lane, Sequence[int]]]:
    """Which lane does which steps of a batch."""
    plan = session.plan
    if len(session.lanes) == 1 or not all(map(plan.may_run_beside, batch)):
        return [(session.lanes[0], batch)]

    def cost_s(number: int) -> float:
        step = plan.steps[number]
        run = LENS_RUNS[step.lens]
        return _START_S + max(run.cpu_s, run.rounds_beside * longest_round_s(session.runs, step.client))

    return list(zip(session.lanes, shared_out(batch, cost_s, len(session.lanes)), strict=True))


def _run_steps(session: Session, lane: Lane, numbers: Sequence[int]) -> None:
    steps = session.plan.steps
    for number in numbers:
        if lane.stopping.is_set():
            return
        step = steps[number]
        session.watch(step, number, len(steps), None)
        if session.is_enough(step):
            continue
        try:
            run_step(session, lane, step, number)
        except WorkerError as error:
            if lane.stopping.is_set():
                return
            _go_on_without(session, step, error)


def _start_ahead(session: Session, lane: Lane, number: int) -> None:
    step = session.plan.steps[number]
    if session.is_enough(step):
        return
    subject = session.plan.subject(step.client)
    session.ahead.start(settings_of(session, lane, step, number), subject.python, within(session, lane, step))


def _go_on_without(session: Session, step: WorkerStep, error: WorkerError) -> None:
    """What failed under an instrument is left out, and the rest is measured.

    Raises:
        WorkerError: nothing would be left: the client fails by itself.
    """
    if step.client == FLOOR and step.client not in session.plan.clients:
        # It stands beside the result; without it the result is whole.
        session.notices.append(("floor-failed", f"{error}.", "The floor is not shown."))
    elif step.lens != "control" and any(run.facts.client == step.client for run in session.runs):
        session.notices.append(("lens-failed", f"{error}.", "The lens is left out of the result; the rest is whole."))
        session.failures.append(str(error))
    else:
        raise error


def _left_out(lens: str, clients: tuple[str, ...]) -> tuple[str, str, str]:
    text = f"{lens} cannot be had for the Python of {' and '.join(clients)}, so the lens {lens} is left out there."
    return ("lens-left-out", text, "It is a cross-check only; the rest is whole.")


def _loop_of(plan: TracePlan) -> str:
    in_threads = [plan.in_threads(client) for client in plan.clients]
    if all(in_threads):
        return "none: threads"
    return f"{plan.scenario.loop}; threads for blocking clients" if any(in_threads) else str(plan.scenario.loop)


def environment_of(subjects: Sequence[Subject], concurrency: int) -> tuple[tuple[str, str, str], ...]:
    """What a recording says of this machine and of where each subject is measured."""
    return (
        *((row.group, row.name, row.value) for row in environment_rows(concurrency)),
        *(("environments", subject.label, subject.about) for subject in subjects if subject.python is not None),
        *(("sources", source.client, source.text) for subject in subjects for source in subject.sources),
    )


def _blocks(session: Session) -> str:
    """How many blocks were measured, or how many are to be."""
    made = len({run.facts.block for run in session.runs if run.facts.lens == "control"})
    return str(session.plan.blocks) if made in (0, session.plan.blocks) else f"{made} of at most {session.plan.blocks}"


def _manifest(session: Session, complete: bool) -> Manifest:
    plan, scenario = session.plan, session.plan.scenario
    ready = session.lanes[0].ready
    engine = ready.engine if ready is not None else "another server"
    limit = "the client's own default" if scenario.limit is None else str(scenario.limit)
    workload = [
        ("workload", "scenario", label_of(scenario)),
        ("workload", "requests at once", str(scenario.concurrency)),
        ("workload", "event loop", _loop_of(plan)),
        ("workload", "body", f"{scenario.size_bytes} bytes" if plan.url is None else "as the server sends it"),
        ("workload", "TLS", "on, verified" if scenario.tls or (plan.url or "").startswith("https") else "off"),
        *reaching_origin.trust_row(scenario),
        ("workload", "connection limit", limit),
        *([] if scenario.keepalive is None else [("workload", "keep-alive limit", str(scenario.keepalive))]),
        ("workload", "server delay", f"{scenario.delay_ms:g} ms"),
        *(network_rows(session.link) if plan.url is None else []),
        ("workload", "server", f"local origin, {engine}" if plan.url is None else "another server (--url)"),
        ("workload", "blocks", f"{_blocks(session)}, each arm {'twice in mirror order' if plan.mirrored else 'once'}"),
        ("workload", "warm rounds", "by lens, until stable" if plan.rounds is None else str(plan.rounds)),
    ]
    workload += [
        ("workload", f"load of {subject.label}", label_of(subject.scenario))
        for subject in plan.subjects
        if subject.scenario is not None
    ]
    sources = tuple(source for subject in plan.subjects for source in subject.sources)
    return Manifest(
        schema=SCHEMA,
        created=created_now(),
        command=plan.command,
        seed=plan.seed,
        complete=complete,
        tool_version=clientprof.__version__,
        baseline=plan.baseline,
        clients=plan.clients,
        environment=environment_of(plan.subjects, scenario.concurrency),
        sources=sources,
        workload=tuple(workload),
        notices=tuple(session.notices),
        forced=plan.forced,
        clock_offset_ns=wall_clock_offset_ns(),
    )
