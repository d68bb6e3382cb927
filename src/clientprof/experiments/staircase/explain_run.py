"""Running an explanation: evidence, suspects, each taken away alone, the best combination, and the staircase.

Whatever ends it early (Ctrl-C, an error), what was measured until then is kept. A client that cannot finish, or that fails
its requests, is no error: its evidence and what is predicted are the result.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from clientprof.attribution.notices.unfinished_rounds import progress
from clientprof.attribution.trace_result import trace_result
from clientprof.experiments.differences.compare_run import Progress
from clientprof.experiments.environment_rows import two_cores
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.subjects import Subject, prepare
from clientprof.experiments.staircase.explain_arms import (
    Arms,
    in_next_python,
    needs_environments,
    without_installed,
    without_lone_pythons,
)
from clientprof.experiments.staircase.explain_behaviour import check_behaviour
from clientprof.experiments.staircase.explain_bench import Bench, ExperimentsStopped, ExplainFailed
from clientprof.experiments.staircase.explain_plan import ExplainPlan
from clientprof.experiments.staircase.explain_session import Session
from clientprof.experiments.staircase.suspicion import case_of, raise_suspects
from clientprof.experiments.suspects import SUSPECTS
from clientprof.experiments.suspects.suspect import Intervention
from clientprof.experiments.traces.origins import origin_for
from clientprof.experiments.traces.trace_run import run_trace
from clientprof.model.recording import Recording
from clientprof.origin.process import OriginError
from clientprof.recording.clock import created_now
from clientprof.workload.process import WorkerError


@dataclass(slots=True)
class ExplainOutcome:
    """What an explanation left behind. ``failure`` is the one line for the user where an error cut it short."""

    recording: Recording | None
    interrupted: bool = False
    failure: str | None = None


def run_explain(
    plan: ExplainPlan, watch: Callable[[Progress], None], say: Callable[[str], None], earlier: Recording | None = None
) -> ExplainOutcome:
    """Explain the plan's client. ``earlier`` is a trace of it, whose evidence is used instead of measuring it again."""
    session = Session(plan, watch, say)
    outcome = ExplainOutcome(None)
    try:
        _explain(session, earlier)
    except KeyboardInterrupt:
        outcome.interrupted = True
    except (WorkerError, OriginError, EnvironmentProblem, ExplainFailed) as error:
        outcome.failure = str(error)
    complete = not outcome.interrupted and outcome.failure is None
    outcome.recording = session.recording(complete, outcome.failure)
    return outcome


def _explain(session: Session, earlier: Recording | None) -> None:
    plan = session.plan
    created = created_now()
    specs = [plan.client, *([] if plan.baseline is None else [plan.baseline])]
    with session.preparing():
        here, *others = prepare(specs, plan.python, session.say)
    if earlier is None:
        session.tell("looking for evidence")
        earlier = _evidence(session, (here, *others))
    session.manifest = replace(earlier.manifest, command=plan.command, seed=plan.seed, created=created)
    session.runs = [run for run in earlier.runs if run.facts.lens != "control"]
    case = case_of(trace_result(earlier), plan.scenario, plan.client.adapter, here.python)
    raised, session.undone = raise_suspects(case, SUSPECTS, plan.named, plan.own)
    raised = raised if here.python is not None else [without_installed(each) for each in raised]
    session.raised, left_out = without_lone_pythons(raised, plan.named)
    session.undone = [*session.undone, *left_out]
    if case.client.unfinished is not None:
        session.stop(f"The client as it is cannot be measured: it {progress(case.client.unfinished)}")
        return
    arms = Arms(
        plan=plan,
        raised={each.suspect.id: each for each in session.raised},
        version=case.client.version,
        packages=dict(case.client.packages),
        own_environment=needs_environments(session.raised),
        say=session.say,
        here=here,
        baseline=others[0] if others and (case.baseline is None or case.baseline.unfinished is None) else None,
    )
    with session.preparing():
        _make_environments(session, arms)
    possible = [each for each in session.raised if each.suspect.id not in session.failures]
    with session.preparing():
        session.behaviour, failures = check_behaviour(possible, arms, session.tell)
    session.failures |= failures
    client_core, origin_core = two_cores()
    # Who does not ask for HTTP/2 is answered as before, so one origin serves all arms.
    http2 = any(each.intervention.scenario.get("http2") for each in possible)
    origin = origin_for(replace(plan.scenario, http2=http2 or plan.scenario.http2), cpu=origin_core, seed=plan.seed)
    try:
        origin.start()
        bench = Bench(session, arms, origin, client_core, case.total_us, session.seconds)
        bench.alone()
        bench.select()
        bench.climb()
        if plan.regimes:
            bench.other_loads()
    except ExperimentsStopped as stopped:
        session.stop(str(stopped))
    finally:
        origin.close()


def _evidence(session: Session, subjects: tuple[Subject, ...]) -> Recording:
    plan = session.plan.lens_plan(("sample", "count"), subjects)
    outcome = run_trace(plan, lambda step, done, of, event: session.tell(f"{step.lens} lens: {step.client}"))
    if outcome.interrupted:
        raise KeyboardInterrupt
    if outcome.failure is not None or outcome.recording is None:
        raise ExplainFailed(outcome.failure or "nothing was measured")
    return outcome.recording


def _make_environments(session: Session, arms: Arms) -> None:
    """All environments that single experiments need; a suspect whose environment cannot be had is not tried.

    Where the client as it is cannot have one of its own, it is measured where the evidence is from, and only what needs no
    other environment is tried.
    """
    try:
        arms.subject(Intervention())
    except EnvironmentProblem as problem:
        arms.own_environment = False
        for each in session.raised:
            if each.intervention.needs_environment:
                session.failures[each.suspect.id] = str(problem)
    for each in list(session.raised):
        name = each.suspect.id
        lack = session.failures.get(name) or arms.obstacle(arms.trial((name,))) or _without_environment(arms, name)
        if lack is not None:
            session.failures[name] = lack
    session.raised = [arms.raised[each.suspect.id] for each in session.raised]


def _without_environment(arms: Arms, name: str) -> str | None:
    """Make the environment of a suspect's arm, in the first of its Pythons that the client can be installed in.

    Returns why there is none, None where there is one.
    """
    while True:
        intervention = arms.intervention(arms.trial((name,)))
        try:
            arms.subject(intervention)
            return None
        except EnvironmentProblem as problem:
            if len(intervention.pythons) < 2:
                return str(problem)
        # A package may have no wheels for the newest.
        arms.raised[name] = in_next_python(arms.raised[name])
