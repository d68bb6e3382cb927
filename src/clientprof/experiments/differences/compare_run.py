"""Running a comparison: a first lens, blocks in lock-step until the verdict stands, then the lenses that explain it.

Whatever ends it early (Ctrl-C, a failing worker, a failed request), what was measured until then is kept. A failed request
fails the comparison: its block is kept and shown, and no verdict is given. A client that cannot finish a round or
a block ends it as a result: how far each came, and the blocks before it.
"""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from operator import or_

from clientprof.attribution.costs.against_baseline import blocks_of
from clientprof.attribution.differences.comparability import incompatibilities, subject_of
from clientprof.experiments.differences.blocks import Shape, narrow_enough
from clientprof.experiments.differences.changed_code import changed_code
from clientprof.experiments.differences.compare_plan import ComparePlan, round_seconds, shape_for
from clientprof.experiments.differences.host_rows import about_host, with_hosts
from clientprof.experiments.differences.places import Place, PlaceFailed, TakenBlock, ThisMachine, one_block
from clientprof.experiments.failed_requests import failed_requests
from clientprof.experiments.traces.trace_run import TraceOutcome
from clientprof.model.differences.changed_code import ArmCode
from clientprof.model.differences.stopping import Look, Stopping
from clientprof.model.estimate import Estimate
from clientprof.model.recording import Manifest, Recording
from clientprof.model.run import Run
from clientprof.origin.process import OriginError
from clientprof.stats.verdicts import Block, again_of, ratio_of, tells_difference
from clientprof.workload.process import WorkerError, WorkerTimeout

# The whole is written after a block if the last time was so long ago: it takes as long as all before it together, and is
# there for a process that is killed. Ctrl-C loses nothing.
_SAVE_S = 10.0
# The interval of two blocks is many times wider than they differ; with three it can tell a side.
_FEWEST_TO_SIDE = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a comparison stands: what runs, blocks done, and the ratio of each candidate and of A/A (None: no block yet)."""

    doing: str
    blocks: int
    most_blocks: int | None
    ratios: dict[str, Estimate]
    seconds: float


@dataclass(slots=True)
class CompareOutcome:
    """What a comparison left behind; ``refused`` lists what makes the arms incomparable, then no block was measured.

    ``place_gone``: it failed because nothing more can be measured there, whatever is compared.
    """

    recording: Recording | None
    interrupted: bool = False
    failure: str | None = None
    place_gone: bool = False
    refused: tuple[str, ...] = ()


class ComparisonFailed(Exception):
    """A comparison that must end here. The message is one line for the user."""


@dataclass(slots=True)
class Session:
    """One comparison under way. ``watch`` is told at every step, ``save`` is given the recording so far.

    ``hosts`` has what each machine is that measured blocks elsewhere. ``most`` blocks are made, None before that is known.
    ``verdict_s`` is how long it took until the blocks were over; the lenses after them take about ``explaining_s``.
    """

    plan: ComparePlan
    watch: Callable[[Progress], None]
    save: Callable[[Recording], None]
    place: Place = field(default_factory=ThisMachine)
    manifest: Manifest | None = None
    runs: list[Run] = field(default_factory=list)
    blocks: dict[str, list[Block]] = field(default_factory=dict)
    done: int = 0
    started: float = field(default_factory=time.monotonic)
    reason: str = ""
    code: tuple[ArmCode, ...] = ()
    hosts: dict[str, str] = field(default_factory=dict)
    most: int | None = None
    saved: float = 0.0
    verdict_s: float | None = None
    looks: list[Look] = field(default_factory=list)
    explaining_s: float = 0.0

    def ratios(self) -> dict[str, Estimate]:
        """Each candidate's ratio to the baseline so far, and the baseline's to itself."""
        found = {name: ratio_of(blocks) for name, blocks in self.blocks.items() if blocks}
        again = again_of(next(iter(self.blocks.values()), []))
        return found if again is None else found | {self.plan.again: again}

    def tell(self, doing: str) -> None:
        seconds = time.monotonic() - self.started
        self.watch(Progress(doing, self.done, self.most, self.ratios(), seconds))

    def recording(self, complete: bool, failure: str | None = None) -> Recording | None:
        """What was measured so far, None before the first run."""
        if self.manifest is None or not self.runs:
            return None
        plan = self.plan
        workload = [row for row in self.manifest.workload if row[1] not in ("blocks", "warm rounds")]
        workload.append(
            ("workload", "blocks", f"{self.done} in lock-step: random order, every other turn the mirror image")
        )
        notices = self.manifest.notices
        if failure is not None:
            notices = (*notices, ("comparison-failed", f"{failure}.", "No verdict; what was measured is shown."))
        manifest = replace(
            self.manifest,
            kind=plan.kind,
            cells=plan.cells,
            clients=(*plan.candidates, plan.baseline),
            complete=complete,
            environment=with_hosts(self.manifest.environment, self.hosts),
            workload=tuple(workload),
            notices=notices,
            forced=plan.forced,
            conditions=plan.conditions,
            code=self.code,
            stopping=Stopping(
                reason=self.reason or failure or "cut short",
                blocks=self.done,
                most_blocks=self.most,
                half_width=self.half_width(),
                aim=plan.half_width,
                seconds=time.monotonic() - self.started,
                verdict_seconds=self.verdict_s,
                looks=tuple(self.looks),
            ),
        )
        return Recording(manifest, tuple(self.runs))

    def half_width(self) -> float | None:
        """The widest half-width of a candidate's log ratio."""
        widths = [ratio.log_half_width for name, ratio in self.ratios().items() if name != self.plan.again]
        return max((width for width in widths if width is not None), default=None)

    def add(self, block: TakenBlock) -> None:
        """Take in a measured block.

        Raises:
            ComparisonFailed: requests failed or were lost, or another version of a client was found.
        """
        self.runs += block.runs
        self.done += 1
        for name in self.plan.candidates:
            found = blocks_of(block.runs, name, self.plan.baseline, "cpu_us_per_request")
            self.blocks.setdefault(name, []).extend(found)
        host = block.runs[0].facts.host
        if host:
            self.hosts[host] = about_host(block.environment)
        if block.failure is not None:
            raise ComparisonFailed(block.failure)
        versions = {(run.facts.client, run.facts.client_version, run.facts.python) for run in self.runs}
        if len(versions) > len({client for client, _, _ in versions}):
            raise ComparisonFailed("a client's version, or its Python's, changed between the runs")


def run_compare(
    plan: ComparePlan,
    watch: Callable[[Progress], None],
    save: Callable[[Recording], None] = lambda recording: None,
    earlier: Recording | None = None,
    *,
    place: Place | None = None,
    begin: "Callable[[Session], list[float]] | None" = None,
) -> CompareOutcome:
    """Measure the plan; ``earlier`` is what a comparison cut short has left, and is gone on with.

    ``place`` measures the blocks, this machine if None. ``begin`` learns what is compared, in place of the lenses: it sets
    the session's manifest and tells how long each arm's round is, in seconds.
    """
    session = Session(plan, watch, save, place or ThisMachine(), most=plan.blocks)
    outcome = CompareOutcome(None)
    try:
        if earlier is not None:
            _take_up(session, earlier)
        if begin is None:
            _measure(session, outcome)
        else:
            _blocks(session, shape_for(begin(session), plan.quick))
    except KeyboardInterrupt:
        outcome.interrupted = True
        session.reason = "interrupted"
    except (WorkerError, OriginError, PlaceFailed, ComparisonFailed) as error:
        outcome.failure = str(error)
        outcome.place_gone = isinstance(error, PlaceFailed)
    complete = not outcome.interrupted and outcome.failure is None and not outcome.refused
    outcome.recording = session.recording(complete, outcome.failure)
    return outcome


def _take_up(session: Session, earlier: Recording) -> None:
    """Start from the runs of a recording; groups in lock-step become blocks again."""
    session.manifest = earlier.manifest
    session.runs = list(earlier.runs)
    session.hosts = earlier.manifest.hosts
    control = [run for run in earlier.runs if run.facts.lens == "control"]
    session.done = len({run.facts.block for run in control})
    for name in session.plan.candidates if control else ():
        session.blocks[name] = blocks_of(control, name, session.plan.baseline, "cpu_us_per_request")


def _measure(session: Session, outcome: CompareOutcome) -> None:
    plan, began = session.plan, time.monotonic()
    # Elsewhere the code lies elsewhere.
    if plan.lenses and isinstance(session.place, ThisMachine):
        session.code = changed_code(plan.subjects)
    _first_lens(session)
    if not plan.forced:
        names = (plan.baseline, *plan.candidates)
        recording = session.recording(complete=False)
        assert recording is not None
        outcome.refused = incompatibilities([subject_of(recording, name) for name in names])
        if outcome.refused:
            return
    if any(run.facts.unfinished is not None for run in session.runs):
        _as_far_as_they_come(session, "a client could not finish a round")
        return
    if failed_requests(session.runs) is not None:
        _try_without_lens(session)
    if plan.lenses:
        # The counters take no longer than a sampling.
        session.explaining_s = plan.samples * (time.monotonic() - began)
    first = session.runs[0].facts.lens
    shape = shape_for(round_seconds([run for run in session.runs if run.facts.lens == first], plan), plan.quick)
    _blocks(session, shape)
    if session.done:
        _explain(session)
    if not session.done:
        _as_far_as_they_come(session, session.reason)


def _explain(session: Session) -> None:
    """What tells where the difference is. The verdict stands by then: nobody has to wait for it any longer."""
    plan = session.plan
    if plan.lenses:
        session.tell(f"measured: {session.reason}")
        _lens(session, "count", 0)
        # Not beside the first: both samplings are of different times of the machine.
        for block in range(1, plan.samples):
            _lens(session, "sample", block)
    if plan.memory:
        _lens(session, "memory", 0)


def _blocks(session: Session, shape: Shape) -> None:
    """Blocks until they are enough."""
    longest, plan = 0.0, session.plan
    session.most = plan.blocks or shape.most
    # Blocks from elsewhere come in any order: a comparison taken up again may lack one in the middle.
    first = 1 + max((run.facts.block for run in session.runs if run.facts.lens == "control"), default=-1)
    numbers = range(first, first + session.most - session.done)
    with closing(session.place.blocks(plan, shape, numbers)) as blocks:
        while not _enough(session, longest):
            began = time.monotonic()
            session.tell(f"block {session.done + 1}")
            try:
                session.add(next(blocks))
            except WorkerTimeout as error:
                _late(session, error)
                break
            session.looks.append(Look(session.done, time.monotonic() - session.started, session.half_width()))
            session.tell(f"block {session.done} done")
            if time.monotonic() - session.saved > _SAVE_S:
                _save(session)
            longest = max(longest, time.monotonic() - began)
    session.verdict_s = time.monotonic() - session.started


def _late(session: Session, error: WorkerTimeout) -> None:
    """A block that takes too long ends the measuring, not the result."""
    session.reason = "a client did not finish a block in its time"
    if session.manifest is not None:
        notice = ("block-unfinished", f"{error}.", "The blocks before it are whole, and a verdict rests on them alone.")
        session.manifest = replace(session.manifest, notices=(*session.manifest.notices, notice))


def _as_far_as_they_come(session: Session, why: str) -> None:
    """Without blocks there is no verdict; what each client does without instruments is told all the same."""
    session.reason = why
    _lens(session, "control", 0)


def _enough(session: Session, longest_s: float) -> bool:
    """Whether to stop; says why in ``reason``."""
    plan = session.plan
    narrow = [narrow_enough(blocks, plan.half_width) for blocks in session.blocks.values()]
    told = [plan.until_told and tells_difference(blocks) for blocks in session.blocks.values()]
    if narrow and all(narrow):
        session.reason = "the intervals are narrow enough"
    elif told and all(map(or_, narrow, told)):
        session.reason = (
            "the differences are certain" if all(told) else "every difference is certain or its interval narrow"
        )
    elif plan.middle is not None and session.done >= _FEWEST_TO_SIDE and _beside(session, plan.middle):
        session.reason = f"the intervals lie on one side of {plan.middle:.3f}"
    elif session.most is not None and session.done >= session.most:
        session.reason = "the most blocks allowed"
    elif (
        plan.max_seconds is not None
        and time.monotonic() - session.started + longest_s + session.explaining_s > plan.max_seconds
    ):
        session.reason = f"the most time allowed ({plan.max_seconds:g} s)"
    return bool(session.reason)


def _beside(session: Session, middle: float) -> bool:
    ratios = (ratio for name, ratio in session.ratios().items() if name != session.plan.again)
    return all(ratio.excludes(middle, middle) for ratio in ratios)


def _try_without_lens(session: Session) -> None:
    """A turn of each arm tells whether the lens or the load makes requests fail, before more time is spent on it.

    Raises:
        ComparisonFailed: requests fail without the lens too.
    """
    session.tell("requests failed under a lens: whether they fail without it")
    failure = one_block(session.place, session.plan, Shape(groups=1, turns=1)).failure
    if failure is not None:
        raise ComparisonFailed(failure)


def _first_lens(session: Session) -> None:
    """From the first lens the comparison learns what it compares; where the sampler fails, from the counters.

    Raises:
        ComparisonFailed: no lens can measure the arms.
    """
    why = _lens(session, "sample", 0)
    if why is None or session.runs:
        return
    if _lens(session, "count", 0) is not None:
        raise ComparisonFailed(why)
    _note(session, why)


def _lens(session: Session, lens: str, block: int) -> str | None:
    """One process an arm under the lens, unless they are there already; why it failed, if it did.

    A lens that fails is left out, and so are, by the analysis, those under which requests fail that do not under control.
    """
    names = {run.facts.arm for run in session.runs if run.facts.lens == lens and run.facts.block == block}
    if names:
        return None
    session.tell(f"{lens} lens")
    outcome: TraceOutcome = session.place.trace(
        session.plan.lens_plan(lens), lambda step, done, of, event: session.tell(f"{lens} lens: {step.client}")
    )
    if outcome.interrupted:
        raise KeyboardInterrupt
    if outcome.failure is not None or outcome.recording is None:
        why = outcome.failure or "nothing was measured"
        _note(session, why)
        return why
    session.manifest = session.manifest or outcome.recording.manifest
    found = [Run(replace(run.facts, block=block), run.columns) for run in outcome.recording.runs]
    session.runs += found
    _save(session)
    return None


def _note(session: Session, why: str) -> None:
    if session.manifest is not None:
        notice = ("lens-failed", f"{why}.", "The lens is left out of the result; the rest is whole.")
        session.manifest = replace(session.manifest, notices=(*session.manifest.notices, notice))


def _save(session: Session) -> None:
    recording = session.recording(complete=False)
    if recording is not None:
        session.save(recording)
        session.saved = time.monotonic()
