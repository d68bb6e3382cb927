"""The answer of a trace in one sentence, and what most of the gap is made of; for the page and the terminal."""

from dataclasses import dataclass

from clientprof.model.estimate import Verdict
from clientprof.model.results import Comparison, TraceResult
from clientprof.model.run import UnfinishedRound
from clientprof.report.writing.figures import decimal, interval, percent, plural, ratio, ratio_full
from clientprof.report.writing.wording import client_name, failures, layers_by_cost, load_label, named


@dataclass(frozen=True, slots=True)
class Answer:
    """The first sentence in three parts, so that the figure can be set larger than the words around it."""

    lead: str
    figure: str
    rest: str

    @property
    def sentence(self) -> str:
        return f"{self.lead}{self.figure}{self.rest}"


def answer(result: TraceResult) -> Answer:
    """The question answered in one sentence, with figures and interval, or why there is no answer."""
    if not result.clients:
        return Answer("No client was measured.", "", "")
    first = result.clients[0]
    name = client_name(first)
    if first.unfinished is not None:
        done = f"{first.unfinished.answered:,} of {first.unfinished.of:,}"
        stopped = f" requests in {first.unfinished.seconds:.0f} s and was stopped then"
        return Answer(f"{name} answered ", done, f"{stopped}{_too_slow(first.unfinished)}.")
    if first.control is None:
        return Answer(f"{name} was not measured without instruments, so there is no headline figure.", "", "")
    if first.control.ok == 0:
        failed = failures(first.control.errors)
        return Answer("No request of ", name, f" succeeded{load_label(result)}: {failed or 'none was made'}.")
    for comparison in result.comparisons:
        if comparison.effect.candidate in (first.name, name):
            return _compared(result, comparison)
    cpu = first.control.cpu_us_per_request
    rest = f" {interval(cpu, 0)} of CPU per request{load_label(result)}. No baseline was measured."
    if first.control.errors:
        rest += f" Not all requests succeeded: {failures(first.control.errors)}."
    return Answer(f"{name} spends ", f"{decimal(cpu.value, 0)} µs", rest)


def _too_slow(round_: UnfinishedRound) -> str:
    """Why it was stopped, where its rate says so."""
    if round_.times_too_long is None or round_.most_s is None:
        return ""
    return f": at this rate all would take {round_.needed_s:,.0f} s, and {round_.most_s:.0f} s are the most"


def _compared(result: TraceResult, comparison: Comparison) -> Answer:
    effect, wall = comparison.effect, comparison.wall_effect
    lead = f"{named(result, effect.candidate)} spends "
    # The ratio is set apart from its interval, which one block does not have.
    reach = ratio_full(effect.ratio).removeprefix(ratio(effect.ratio))
    rest = (
        f"{reach} the CPU of {named(result, effect.baseline)} per request{load_label(result)}; "
        f"its wall time is {ratio_full(wall.ratio)}.{_no_verdict(result, comparison)}"
    )
    return Answer(lead, ratio(effect.ratio), rest)


def _no_verdict(result: TraceResult, comparison: Comparison) -> str:
    """That the ratio is no verdict, and why. Of one block the missing interval says so, unless requests failed."""
    effect = comparison.effect
    failed = any(client.control is not None and client.control.errors for client in result.clients)
    if effect.verdict is not Verdict.NO_VERDICT or (effect.ratio.low is None and not failed):
        return ""
    return f" No verdict: {effect.reason}." if effect.reason else " No verdict."


def gap_sentence(result: TraceResult) -> str | None:
    """Which layers make up most of the gap."""
    for comparison in result.comparisons:
        rows = sorted(comparison.gap, key=lambda row: -row.us_per_request.value)[:3]
        if not rows:
            continue
        parts = ", ".join(f"{row.layer} {percent(row.share_of_gap)}" for row in rows)
        gap, others = decimal(comparison.gap_us_per_request.value, 0), _more_in_other_threads(result, comparison)
        if not others:
            return f"Of the {gap} µs per request between them, most is in: {parts}."
        apart = f"{decimal(abs(others), 0)} µs {'more' if others > 0 else 'less'}"
        return (
            f"Of the {gap} µs per request between the threads that make requests, most is in: {parts}. "
            f"Other threads take {apart}."
        )
    return None


def _more_in_other_threads(result: TraceResult, comparison: Comparison) -> float:
    """By how many microseconds per request the candidate's take more than the baseline's."""
    theirs = {client.name: client.other_threads_us for client in result.clients}
    return theirs.get(comparison.effect.candidate, 0.0) - theirs.get(comparison.effect.baseline, 0.0)


def so_far(result: TraceResult, done: int, blocks: int) -> str:
    """The answer after ``done`` of all ``blocks``. The interval comes with the second block, layers when they are known."""
    said = f"so far ({done} of {plural(blocks, 'block')}): {answer(result).sentence}"
    return " ".join(filter(None, (said, gap_sentence(result) or _layers_sentence(result))))


def _layers_sentence(result: TraceResult) -> str | None:
    """In which layers the first client spends most of its CPU."""
    if not result.clients or not result.clients[0].layers:
        return None
    rows = layers_by_cost(result.clients[0])[:3]
    return f"Most of its CPU is in: {', '.join(f'{row.layer} {percent(row.share)}' for row in rows)}."
