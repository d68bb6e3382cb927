"""Trying suspects on a program: a look at it as it is, a look with each suspect, then blocks of fresh runs of all arms.

The looks are not measured: they find what cannot be applied, and warm the caches of files. A suspect that fails is named
and left out, the rest goes on. Ctrl-C and the end of the time keep the blocks that are whole.

A run is one row of ``round.*`` (``count`` requests, from the start of the first to the end of the last), with
``failed.count`` and ``http2.count``; ``RunFacts.arm`` says what it had changed.
"""

import time
from array import array
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import clientprof
from clientprof.attribution.experiments.tried_costs import AGAIN_ARM, UNCHANGED, half_width
from clientprof.experiments.environment_rows import machine_rows
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.programs.run import package_versions
from clientprof.experiments.programs.trying.asked import Asked
from clientprof.experiments.programs.trying.one_run import OneRun, RunError, run_once
from clientprof.experiments.programs.trying.overlay import Overlays
from clientprof.experiments.programs.trying.seen import why_not_here, why_without_effect
from clientprof.experiments.programs.trying.together import MOST_SETS, sets_of
from clientprof.experiments.programs.trying.try_plan import (
    HALF_WIDTH,
    MIN_BLOCKS,
    MOST_BLOCKS,
    TryPlan,
    blocks_in,
    order_of,
)
from clientprof.model.experiments.suspicions import Experiments, Trial, Undone
from clientprof.model.experiments.what_if import together_name
from clientprof.model.figures import percent, percent_bound
from clientprof.model.recording import Manifest, Recording, RecordingKind
from clientprof.model.run import RoundKind, Run, RunFacts
from clientprof.recording.clock import created_now
from clientprof.recording.recording_file import SCHEMA

Say = Callable[[str], None]
_ENOUGH = f"every interval was within +-{percent_bound(HALF_WIDTH)}"


@dataclass(slots=True)
class TryOutcome:
    """``recording`` is None where no block is whole and nothing can be said of any suspect; ``failure`` says why it ended
    early, in one line."""

    recording: Recording | None
    interrupted: bool = False
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class _Arm:
    """The program with these suspects' changes; none for the program as it is."""

    name: str
    asked: tuple[Asked, ...] = ()


@dataclass(slots=True)
class _Session:
    plan: TryPlan
    say: Say
    overlays: Overlays | None = None
    look: OneRun | None = None
    arms: list[_Arm] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    undone: list[Undone] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    blocks: int = 0
    ended_by: str = ""
    seconds: float = 0.0  # of a look with each arm: what a block will take

    def run(self, arm: _Arm) -> OneRun:
        """One run of the arm.

        Raises:
            RunError: it failed, ended otherwise than the program does, or made no request that ended.
            EnvironmentProblem: a package cannot be had.
        """
        packages = dict.fromkeys(package for each in arm.asked for package in each.packages)
        overlays = [] if self.overlays is None else [self.overlays.folder(package) for package in packages]
        ran = run_once(self.plan.program, [order for each in arm.asked for order in each.orders], overlays)
        usual = None if self.look is None else self.look.exit_code
        if ran.exit_code != usual and (self.look is not None or ran.exit_code != 0):
            raise RunError(f"ended with exit code {ran.exit_code}: {ran.last_line}")
        if not ran.seen.requests:
            broken = ran.seen.said("broken")
            why = f" ({broken[0]})" if broken else ""
            raise RunError(f"made no request by a client that is known here{why}: {ran.last_line}")
        return ran


def run_tries(plan: TryPlan, say: Say) -> TryOutcome:
    """Measure everything in the plan. ``say`` is given a line at each step."""
    session, outcome = _Session(plan, say), TryOutcome(None)
    try:
        with ExitStack() as stack:
            _look(session, stack)
            _measure(session)
    except KeyboardInterrupt:
        outcome.interrupted = True
    except (RunError, EnvironmentProblem) as error:
        outcome.failure = f"{plan.name} {error}"
    if session.look is not None and (session.blocks or not outcome.interrupted):
        outcome.recording = Recording(_manifest(session, outcome), tuple(session.runs))
    return outcome


def _look(session: _Session, stack: ExitStack) -> None:
    plan = session.plan
    session.say(f"a look at {plan.name} as it is")
    unchanged = _Arm(UNCHANGED)
    look = session.run(unchanged)
    session.look, session.seconds = look, 2 * look.seconds
    session.say(f"{look.seen.requests:,} requests in a run of {look.seconds:.1f} s")
    python = look.seen.said("python")[0]
    session.overlays = stack.enter_context(Overlays(python, session.say))
    kept = [asked for asked in plan.asked if _try_out(session, asked)]
    session.arms = [unchanged, _Arm(AGAIN_ARM), *(_Arm(f"with {asked.name}", (asked,)) for asked in kept)]
    _combine(session, kept)
    session.trials = [
        Trial(arm.name, tuple(asked.name for asked in arm.asked)) for arm in session.arms if arm.asked
    ]  # fmt: skip


def _try_out(session: _Session, asked: Asked) -> bool:
    """Whether the suspect can be tried; otherwise it is told why not."""
    assert session.look is not None
    why = why_not_here(asked, session.look.seen)
    if why is None:
        session.say(f"a look with {asked.name}")
        try:
            ran = session.run(_Arm("", (asked,)))
            why = why_without_effect(asked, ran.seen)
            session.seconds += 0.0 if why else ran.seconds
        except EnvironmentProblem as error:
            why = str(error)
        except RunError as error:
            session.failures[asked.name] = f"with it alone, the program {error}"
            session.say(f"{asked.name}: {session.failures[asked.name]}")
            return False
    if why is not None:
        _undo(session, asked.name, why)
    return why is None


def _combine(session: _Session, kept: list[Asked]) -> None:
    """Add the arm that has all changes, or one for each choice between changes that exclude each other."""
    sets = sets_of(kept)
    tried: list[tuple[Asked, ...]] = []
    for asked in sets[:MOST_SETS]:
        members = _try_out_together(session, asked)
        if members and members not in tried:
            tried.append(members)
    for asked in sets[MOST_SETS:]:
        _undo(session, together_name([each.name for each in asked]), f"{MOST_SETS} sets are the most")
    session.arms += [_Arm(f"with {together_name([each.name for each in asked])}", asked) for asked in tried]


def _try_out_together(session: _Session, asked: tuple[Asked, ...]) -> tuple[Asked, ...]:
    """Those of the set that take effect beside each other; none where they fail, or where fewer than two are left."""
    name = together_name([each.name for each in asked])
    session.say(f"a look with {name}")
    try:
        ran = session.run(_Arm("", asked))
    except RunError as error:
        _undo(session, name, f"with all of these, the program {error}")
        return ()
    session.seconds += ran.seconds
    lost = {each.name: why for each in asked if (why := why_without_effect(each, ran.seen)) is not None}
    members = tuple(each for each in asked if each.name not in lost)
    for without, why in lost.items():
        others = together_name([each.name for each in asked if each.name != without])
        _undo(session, f"{without} beside {others}", why)
    return members if len(members) > 1 else ()


def _undo(session: _Session, name: str, why: str) -> None:
    session.undone.append(Undone(name, why))
    session.say(f"{name} cannot be tried: {why}")


def _measure(session: _Session) -> None:
    plan, look = session.plan, session.look
    assert look is not None
    if len(session.arms) == 2:
        session.ended_by = "nothing was left to try"
        return
    until = time.monotonic() + plan.max_seconds
    fit = blocks_in(plan.max_seconds, session.seconds)
    few = "" if fit >= MIN_BLOCKS else f"; a verdict needs {MIN_BLOCKS}, allow more by --max-time"
    session.say(f"up to {max(fit, 1)} blocks of {len(session.arms)} runs fit into {plan.max_seconds:g} s{few}")
    longest = 0.0
    session.ended_by = f"{MOST_BLOCKS} blocks are the most"
    while session.blocks < MOST_BLOCKS and len(session.arms) > 2:
        began = time.monotonic()
        if session.blocks and began + longest > until:
            session.ended_by = f"--max-time {plan.max_seconds:g} s allow no further block"
            return
        _block(session)
        longest = max(longest, time.monotonic() - began)
        width = half_width(session.runs) if session.blocks >= MIN_BLOCKS else None
        if width is not None and width <= HALF_WIDTH:
            session.ended_by = _ENOUGH
            return
        reached = "" if width is None else f", the widest interval +-{percent(width)}"
        session.say(f"block {session.blocks} is measured{reached}")


def _block(session: _Session) -> None:
    """Every arm once. What is whole is kept as a whole: a block that was cut short is none."""
    rows: list[Run] = []
    arms = {arm.name: arm for arm in session.arms}
    for name in order_of(list(arms), session.blocks, session.plan.seed):
        arm = arms[name]
        try:
            ran = _run_again_if_need_be(session, arm)
        except RunError as error:
            if not arm.asked:
                raise
            _drop(session, arm, f"in block {session.blocks + 1}, the program {error}")
            continue
        rows.append(_row(session, name, ran))
    session.runs += rows
    session.blocks += 1


def _run_again_if_need_be(session: _Session, arm: _Arm) -> OneRun:
    """A run of an arm that has worked before: one failure may be the machine's, or a port that is not free yet.

    Raises:
        RunError: it failed twice.
    """
    try:
        return session.run(arm)
    except RunError as error:
        session.say(f"{arm.name}: the program {error}; once more")
        return session.run(arm)


def _drop(session: _Session, arm: _Arm, why: str) -> None:
    session.arms.remove(arm)
    name = together_name([each.name for each in arm.asked])
    session.failures[name] = why
    session.say(f"{name}: {why}")


def _row(session: _Session, arm: str, ran: OneRun) -> Run:
    seen = ran.seen
    began = min(each.first_ns for each in seen.counts)
    facts = RunFacts(
        client=session.plan.name, lens="control", arm=arm, block=session.blocks, requests_per_round=seen.requests,
        complete=True, loop=", ".join(loop for loop in seen.said("loop") if loop), python=", ".join(seen.said("version")),
    )  # fmt: skip
    columns = {
        "round.kind": int(RoundKind.MEASURED), "round.first": 0, "round.count": seen.requests, "round.started_ns": began,
        "round.ended_ns": began + seen.wall_ns, "round.cpu_ns": seen.cpu_ns, "failed.count": seen.failed,
        "http2.count": seen.http2,
    }  # fmt: skip
    return Run(facts, {name: array("q", [value]) for name, value in columns.items()})


def _manifest(session: _Session, outcome: TryOutcome) -> Manifest:
    plan, look = session.plan, session.look
    assert look is not None
    here = [(row.group, row.name, row.value) for row in machine_rows()]
    python = ", ".join(look.seen.said("version"))
    folders = [folder for path in look.seen.said("path") for folder in path if folder]
    packages = [("packages of the program", *each) for each in package_versions(folders).items()]
    workload = [
        ("workload", "program", plan.name),
        ("workload", "load", plan.load_name or "none: the program ends by itself"),
        ("workload", "requests", f"{look.seen.requests:,} in a run of {look.seconds:.1f} s as it is"),
        ("workload", "blocks", f"{session.blocks} of {len(session.arms)} fresh runs each"),
        ("workload", "ended because", "interrupted" if outcome.interrupted else outcome.failure or session.ended_by),
    ]
    known = {asked.name: asked for asked in plan.asked}
    tried = [name for trial in session.trials for name in trial.suspects] + list(session.failures)
    return Manifest(
        schema=SCHEMA,
        created=created_now(),
        command=plan.command,
        seed=plan.seed,
        complete=not outcome.interrupted and outcome.failure is None,
        tool_version=clientprof.__version__,
        baseline=None,
        clients=(plan.name,),
        environment=(("interpreter", "python", python), *here, *packages),
        workload=tuple(workload),
        kind=RecordingKind.WHAT_IF,
        experiments=Experiments(
            client=UNCHANGED,
            suspicions=tuple(asked.suspicion for name, asked in known.items() if name in tried),
            trials=tuple(session.trials),
            undone=tuple(session.undone),
            failures=session.failures,
        ),
    )
