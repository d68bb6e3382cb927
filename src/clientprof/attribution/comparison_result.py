"""A recording of several arms, answered: verdicts, gaps, counters, call paths, and what forbids a verdict."""

from collections.abc import Mapping
from dataclasses import replace

from clientprof.attribution.costs.headline import exchanges_of, thread_cpu_us_per_request
from clientprof.attribution.costs.process_spread import control_spread
from clientprof.attribution.costs.sampled_time import sampled_time
from clientprof.attribution.differences.choices import choice_of, held_to
from clientprof.attribution.differences.code_lines import code_difference
from clientprof.attribution.differences.comparability import incompatibilities, subject_of
from clientprof.attribution.differences.counter_differences import counter_differences
from clientprof.attribution.differences.fail_conditions import check_condition, parse_condition
from clientprof.attribution.differences.flame_difference import flame_difference
from clientprof.attribution.differences.gap import explain_gap
from clientprof.attribution.differences.sampled_arms import SampledArms
from clientprof.attribution.notices.disturbed_lenses import undisturbed
from clientprof.attribution.trace_result import trace_result
from clientprof.model.differences.between_arms import Gap
from clientprof.model.differences.changed_code import CodeDifference
from clientprof.model.differences.comparison import Arm, ComparisonResult, Pair
from clientprof.model.differences.stopping import Stopping
from clientprof.model.estimate import Effect, Verdict
from clientprof.model.recording import Recording, RecordingKind
from clientprof.model.results import ClientResult, Comparison, TraceResult
from clientprof.model.run import AGAIN, UNFINISHED, RoundKind, Run
from clientprof.stats.intervals import difference_of
from clientprof.stats.verdicts import FEWEST_BLOCKS


def comparison_result(
    recording: Recording,
    *,
    stopping: Stopping | None = None,
    allowed: bool = False,
    files: Mapping[str, str] | None = None,
) -> ComparisonResult:
    """Analyse a recording with a baseline and one or more candidates.

    ``allowed``: the user wants a verdict although the arms differ in more than what is compared; the result stays marked.
    Both, where not given, are what the recording says.

    Raises:
        ValueError: the recording has no baseline, or no run of it; or a condition of it makes no sense.
    """
    baseline = recording.manifest.baseline
    if baseline is None:
        raise ValueError("the recording has no baseline to compare with")
    recording = undisturbed(recording)
    measured = trace_result(recording, files)
    base = next((client for client in measured.clients if client.name == baseline), None)
    if base is None:
        raise ValueError(f"the recording has no run of the baseline {baseline}")
    names = [baseline, *(client.name for client in measured.clients if client.name != baseline)]
    allowed = allowed or recording.manifest.forced
    found = incompatibilities([subject_of(recording, name) for name in names])
    why = () if allowed else found
    pairs = [_pair(recording, measured, base, comparison, why) for comparison in measured.comparisons]
    measured = replace(measured, comparisons=tuple(pair.comparison for pair in pairs))
    choice = choice_of(pairs, measured)
    result = ComparisonResult(
        measured=held_to(choice, measured, baseline),
        baseline=baseline,
        arms=tuple(_arm(recording, name) for name in names),
        pairs=tuple(pairs),
        stopping=stopping or recording.manifest.stopping,
        incompatibilities=found,
        allowed=allowed and bool(found),
        choice=choice,
    )
    conditions = [parse_condition(text) for text in recording.manifest.conditions]
    return replace(result, conditions=tuple(row for each in conditions for row in check_condition(each, result)))


def _pair(
    recording: Recording, measured: TraceResult, base: ClientResult, comparison: Comparison, why_not: tuple[str, ...]
) -> Pair:
    """The baseline and one candidate: the verdict, none where the arms cannot be compared, and what explains it."""
    candidate = next(client for client in measured.clients if client.name == comparison.effect.candidate)
    blocks = comparison.effect.ratio.n
    too_few = recording.manifest.kind is RecordingKind.COMPARISON and blocks < FEWEST_BLOCKS
    judged = _withheld(comparison, "the arms cannot be compared", why_not) if why_not else comparison
    if too_few and judged.effect.verdict is not Verdict.NO_VERDICT:
        judged = _withheld(comparison, "too few blocks", (f"{blocks} of at least {FEWEST_BLOCKS}",))
    gap = flame = None
    arms = _sampled_arms(recording, base.name, candidate.name)
    if arms is not None:
        control_us = None
        if base.control is not None and candidate.control is not None:
            control_us = difference_of(candidate.control.cpu_us_per_request, base.control.cpu_us_per_request)
        gap, flame = explain_gap(arms, control_us), flame_difference(arms)
    code = None if gap is None else _code(recording, gap)
    return Pair(judged, gap, counter_differences(base.counters, candidate.counters), flame, code)


def _code(recording: Recording, gap: Gap) -> CodeDifference | None:
    """What changed in the code of both arms; None where nothing is known to."""
    arms = {arm.client: arm for arm in recording.manifest.code}
    if gap.baseline not in arms or gap.candidate not in arms:
        return None
    found = code_difference(gap, arms[gap.baseline], arms[gap.candidate])
    return found if found.changed else None


def _withheld(comparison: Comparison, why: str, found: tuple[str, ...]) -> Comparison:
    def without(effect: Effect) -> Effect:
        return replace(effect, verdict=Verdict.NO_VERDICT, reason=f"{why}: {'; '.join(found)}")

    return replace(comparison, effect=without(comparison.effect), wall_effect=without(comparison.wall_effect))


def _sampled_arms(recording: Recording, baseline: str, candidate: str) -> SampledArms | None:
    """The sampled processes of both arms, those of the same blocks side by side where every block has one of each."""
    names = (baseline, candidate)
    sides = [
        [(run.facts.block, time) for run in recording.of(name, "sample") if (time := sampled_time(run)) is not None]
        for name in names
    ]
    if not all(sides):
        return None
    blocks = [[block for block, _ in side] for side in sides]
    paired = len(set(blocks[0])) == len(blocks[0]) > 1 and sorted(blocks[0]) == sorted(blocks[1])
    if paired:
        sides = [sorted(side, key=lambda row: row[0]) for side in sides]
    one, other = (thread_cpu_us_per_request(recording.of(name, "control")) for name in names)
    return SampledArms(
        names,
        [time for _, time in sides[0]],
        [time for _, time in sides[1]],
        paired,
        control_spread([_control_runs(recording, name) for name in names], paired),
        (one, other),
    )


def _control_runs(recording: Recording, name: str) -> list[Run]:
    """The control runs of an arm, of the baseline with its second arm."""
    arms = (name, f"{name} {AGAIN}")
    return [run for run in recording.runs if run.facts.lens == "control" and run.facts.arm in arms]


def _failed(run: Run, error: int) -> bool:
    """Whether that is a failure: a request that was broken off with its round is none."""
    return error > 0 and run.facts.error_types[error - 1] != UNFINISHED


def _arm(recording: Recording, name: str) -> Arm:
    runs = [run for run in recording.runs if run.facts.arm == name]
    failed = sum(
        _failed(run, run.column("exchange.error")[number])
        for run in runs
        if run.facts.lens == "control"
        for number in exchanges_of(run, RoundKind.MEASURED)
    )
    facts = runs[0].facts
    return Arm(name=name, adapter=facts.client, version=facts.client_version, runs=len(runs), failed=failed)
