"""Running a trace plan: origin, workers one after another, and the recording they make.

Ctrl-C and a failing control worker end the measuring, not the result: what was measured is recorded, marked incomplete.
A worker that fails under an instrument takes that lens with it, and nothing else. A client that cannot finish a round in its
time is measured as far as it comes: once without instruments, then for a sixth of that time under each.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import clientprof
from clientprof.experiments import reaching_origin
from clientprof.experiments.environment_rows import environment_rows, two_cores
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.origin_truth import told_by
from clientprof.experiments.traces.in_time import left_out, long_clients, most_of_step_s
from clientprof.experiments.traces.network_facts import LinkFacts, link_facts, network_notices, network_rows
from clientprof.experiments.traces.server_columns import needs_both_ends, server_columns
from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.model.lenses import LENS_RUNS
from clientprof.model.recording import FLOOR, Manifest, Recording, Run, UnfinishedRound
from clientprof.origin.options import DEFAULT_STREAMS
from clientprof.origin.process import OriginError, OriginProcess, OriginReady
from clientprof.origin.routing.expected import expected
from clientprof.origin.truth.journal import Journal
from clientprof.recording.clock import created_now, wall_clock_offset_ns
from clientprof.recording.recording_file import SCHEMA
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.scenario_labels import label_of
from clientprof.workload.load.targets import path_of
from clientprof.workload.process import LOOK_AT, Event, WorkerError, run_worker
from clientprof.workload.settings import WorkerSettings
from clientprof.workload.started_ahead import StartedAhead

# For a lens to start, open connections and see something.
_LEAST_S = 10.0
# What a server does whatever it is asked; see ``origin_for``.
_OF_THE_SERVER = ("tls", "hosts", "http2", "h2_streams", "accept_delay_ms", "close_after", "idle_close_ms", "silent_close",
                  "refuse_every", "retry_after_s", "network")  # fmt: skip
Watch = Callable[[WorkerStep, int, int, Event | None], None]
Early = Callable[[Recording], None]


@dataclass(slots=True)
class TraceOutcome:
    """What a trace left behind. ``failure`` is the one line for the user where it was cut short by an error."""

    recording: Recording | None
    interrupted: bool = False
    failure: str | None = None


@dataclass(slots=True)
class _Session:
    plan: TracePlan
    ready: OriginReady | None
    origin: OriginProcess | None
    watch: Watch
    runs: list[Run] = field(default_factory=list)
    notices: list[tuple[str, str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    slow: set[str] = field(default_factory=set)
    link: LinkFacts | None = None
    ahead: StartedAhead = field(default_factory=StartedAhead)
    started: float = field(default_factory=time.monotonic)

    def is_enough(self, step: WorkerStep) -> bool:
        """Whether the step would show nothing more of a slow client: another control run, or a cross-check."""
        if (notice := left_out(self.plan, step, self.runs, time.monotonic() - self.started)) is not None:
            if notice not in self.notices:
                self.notices.append(notice)
            return True
        if step.client not in self.slow or self.wants_cold(step):
            return False
        return LENS_RUNS[step.lens].one_thread or any(
            run.facts.lens == step.lens == "control" and run.facts.client == step.client and not _was_cold(run)
            for run in self.runs
        )

    def wants_cold(self, step: WorkerStep) -> bool:
        """Whether the step records a cold round. Of a slow client, what becomes of one is seen once, without instruments."""
        if not step.cold or any(run.facts.client == step.client and _was_cold(run) for run in self.runs):
            return False
        return step.client not in self.slow or step.lens == "control"


def run_trace(plan: TracePlan, watch: Watch, early: Early | None = None) -> TraceOutcome:
    """Measure everything in the plan. ``watch(step, done, of, event)`` is called at each worker's start and events.

    ``early`` is given what there is so far, an incomplete recording, when workers start after a step that says more than
    those before it (``TracePlan.says_more``): nothing is measured then.
    """
    client_core, origin_core = two_cores()
    origin: OriginProcess | None = None
    outcome = TraceOutcome(recording=None)
    session: _Session | None = None
    try:
        if plan.url is None:
            origin = origin_for(plan.scenario, port=plan.port, cpu=origin_core, seed=plan.seed)
        session = _Session(plan, origin.start() if origin is not None else None, origin, watch)
        session.notices += reaching_origin.trust_notices(plan.scenario)
        session.notices += [_left_out(lens, clients) for lens, clients in plan.left_out.items()]
        before: Sequence[int] = ()
        for batch in plan.batches:
            _run_batch(session, batch, client_core, early if any(map(plan.says_more, before)) else None)
            before = batch
    except KeyboardInterrupt:
        outcome.interrupted = True
    except (WorkerError, OriginError) as error:
        outcome.failure = str(error)
    finally:
        if session is not None:
            session.link = link_facts(origin)
            session.notices += network_notices(session.link)
        if origin is not None:
            origin.close()
    if session is not None and session.runs:
        complete = not outcome.interrupted and outcome.failure is None
        if outcome.failure is not None:
            session.notices.append(("worker-failed", f"{outcome.failure}.", "The runs before it are shown."))
        elif session.failures:
            outcome.failure = "; ".join(session.failures)
        outcome.recording = Recording(_manifest(session, complete), tuple(session.runs))
    return outcome


def _run_batch(session: _Session, batch: Sequence[int], core: int | None, early: Early | None) -> None:
    """The steps of these numbers, one after the other; their workers start together before."""
    steps = session.plan.steps
    with StartedAhead() as session.ahead:
        for number in batch:
            _start_ahead(session, steps[number], number, core)
        # It takes no longer than the starts, which do nothing that is measured.
        if early is not None and session.runs:
            early(Recording(_manifest(session, complete=False), tuple(session.runs)))
        session.ahead.settle(session.plan.worker_timeout_s)
        for number in batch:
            step = steps[number]
            session.watch(step, number, len(steps), None)
            if session.is_enough(step):
                continue
            try:
                _run_step(session, step, number, core)
            except WorkerError as error:
                _go_on_without(session, step, error)


def _start_ahead(session: _Session, step: WorkerStep, number: int, core: int | None) -> None:
    if session.is_enough(step):
        return
    subject = session.plan.subject(step.client)
    settings = _settings(session, step, number, core)
    session.ahead.start(settings, subject.python, _within(session, step))


def _go_on_without(session: _Session, step: WorkerStep, error: WorkerError) -> None:
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


def origin_for(scenario: Scenario, *, port: int = 0, cpu: int | None = None, seed: int = 1) -> OriginProcess:
    """The server that this scenario needs, not yet started."""
    return OriginProcess(
        tls=scenario.tls, port=port, cpu=cpu, seed=seed, hosts=scenario.hosts, http2=scenario.http2,
        http2_streams=scenario.h2_streams or DEFAULT_STREAMS,
        accept_delay_ms=scenario.accept_delay_ms, max_requests_per_connection=scenario.close_after,
        keepalive_s=None if scenario.idle_close_ms is None else scenario.idle_close_ms / 1000,
        silent_close=scenario.silent_close, refuse_every=scenario.refuse_every, retry_after_s=scenario.retry_after_s,
        network=scenario.network or None,
    )  # fmt: skip


def same_origin(one: Scenario, other: Scenario) -> bool:
    """Whether one server can serve both: what it does by the request's path may differ."""
    return all(getattr(one, name) == getattr(other, name) for name in _OF_THE_SERVER)


def _run_step(session: _Session, step: WorkerStep, number: int, core: int | None) -> None:
    plan, ready, origin = session.plan, session.ready, session.origin
    slow = step.client in session.slow
    step = replace(step, cold=session.wants_cold(step))
    scenario = plan.load(step.client)
    journals: dict[str, Journal] = {}
    awaited = None if ready is None else expected(path_of(scenario))

    def on_event(event: Event) -> None:
        if origin is not None and event["event"] in ("cold", "measured", "end"):
            journals.setdefault(str(event["event"]), origin.journal())
            origin.mark()
        if origin is not None and event["event"] == "hold":
            origin.hold()
        if origin is not None and event["event"] == "release":
            origin.release()
        session.watch(step, number, len(plan.steps), event)

    settings = _settings(session, step, number, core)
    # The control run of a slow client may take its time; the others then show where that goes.
    short = slow and step.lens != "control"
    most_s = most_of_step_s(plan, step, session.runs)
    timeout_s = min(most_s, max(plan.worker_timeout_s * LOOK_AT, _LEAST_S)) if short else most_s
    # Who has ended long rounds can, however late the first answer of one comes; a first round is another matter.
    look = not short and (step.cold or step.client not in long_clients(plan, session.runs))
    try:
        run = run_worker(
            settings, on_event, timeout_s=timeout_s, python=plan.subject(step.client).python,
            within=_within(session, step), look=look, worker=session.ahead.take(settings),
        )  # fmt: skip
    except WorkerError as error:
        # A worker that fails because its server is gone should say so.
        if origin is not None and not origin.alive():
            raise OriginError(f"the origin died while {step.client} was measured under {step.lens}") from error
        raise
    finally:
        if origin is not None and step.lens == "memory" and origin.alive():
            origin.release()  # whatever became of the worker that had it hold
    if run.facts.unfinished is not None:
        _check_unfinished(session, step, run.facts.unfinished)
    if {"cold", "measured", "end"} <= journals.keys():
        facts = replace(
            run.facts,
            origin_cold=told_by(journals["measured"].since(journals["cold"]), scenario.close_after)
            if step.cold
            else None,
            origin=told_by(
                journals["end"].since(journals["measured"]),
                scenario.close_after,
                opened=journals["measured"].max_connections_open,
            ),
            expected_sha256=None if awaited is None else awaited.sha256,
        )
        run = Run(facts, run.columns)
    if origin is not None and step.lens == "ledger" and needs_both_ends(run, kept=not plan.scenario.client_each):
        run = Run(run.facts, {**run.columns, **server_columns(origin.connections(), journals["cold"].taken_ns)})
    session.runs.append(run)
    step = replace(step, cold=False)
    if _was_cold(run) and not session.is_enough(step):
        # Later rounds of the client may do better.
        _run_step(session, step, number, core)


def _within(session: _Session, step: WorkerStep) -> tuple[str, ...]:
    """What a worker's command begins with."""
    plan, ready = session.plan, session.ready
    if ready is None:
        return ()
    return tuple(reaching_origin.within(ready, plan.load(step.client), plan.subject(step.client).adapter))


def _settings(session: _Session, step: WorkerStep, number: int, core: int | None) -> WorkerSettings:
    plan, ready = session.plan, session.ready
    slow = step.client in session.slow or step.client in long_clients(plan, session.runs)
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
        rounds=1 if slow else plan.rounds_of(step.lens),
        most_s=plan.timeout_s_of(step.lens) if plan.as_far else 0.0,
        max_rounds=plan.max_rounds_of(step.lens),
        min_cpu_s=plan.min_cpu_s_of(step.lens, step.client),
        max_seconds=plan.most_seconds,
        seed=plan.seed + number,
        cpu=core,
        interval_us=LENS_RUNS[step.lens].interval_us,
        output="",
        adapter=subject.adapter,
        version=subject.version,
        marks=subject.marks,
    )


def _was_cold(run: Run) -> bool:
    """Whether it never came beyond its cold round."""
    return run.facts.unfinished is not None and run.facts.unfinished.cold


def _check_unfinished(session: _Session, step: WorkerStep, unfinished: UnfinishedRound) -> None:
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


def _manifest(session: _Session, complete: bool) -> Manifest:
    plan, scenario = session.plan, session.plan.scenario
    engine = session.ready.engine if session.ready is not None else "another server"
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
        ("workload", "blocks", f"{plan.blocks}, each arm {'twice in mirror order' if plan.mirrored else 'once'}"),
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
