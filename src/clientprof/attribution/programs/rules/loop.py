"""Rules about the event loop: what stands still on it, what computes on it, and which part of a client holds it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from clientprof.attribution.programs.loops.standing_still import stands_still
from clientprof.attribution.programs.rules.connections import of_an_sdk
from clientprof.attribution.programs.rules.everywhere import explains
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place, starts
from clientprof.attribution.programs.rules.remedies import do_not_block, in_process, in_thread
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.figures import percent, percent_bound
from clientprof.model.findings import Finding, Notice
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer
from clientprof.model.programs.recording import Route
from clientprof.model.programs.results import Holder, SiteResult
from clientprof.model.remedies import HTTPX_OVER_AIOHTTP

# Below this share of the time in which requests were under way, or this long at a time, nobody notices.
_LEAST_SHARE = 0.01
_LONG_MS = 20.0
_MANY_STEPS = 10
# Code that computes for less in a long step did not make it long.
_LEAST_COMPUTED_MS = 7.0
# Where a thread waits so long for a core for each second that it computes, short steps become long by that; so the long ones
# must be so much of what the code holds the loop for.
_SCARCE = 0.3
_LARGE_PART = 0.25
# What happens once or twice belongs to the start, or is nobody's habit.
_FEW_STEPS = 3
# Layers of a client that cost a program next to nothing where nothing is wrong, and the share of the loop time under one
# function of the program above which something is.
_CLIENT_LAYERS = {Layer.POOL: 0.15, Layer.IMPORT: 0.05}
# Of the same time: what a function of the program takes of the loop, with all that it calls, to be worth a finding.
_LEAST_CLIENT_SHARE = 0.05
# A loop that is less busy is in nobody's way.
_MOSTLY_IDLE = 0.5
# Of the bound of a finding: what lies between, and may lie above by its interval, is told as a warning.
_NEARLY = 0.8
# The warning of a share below the bound whose interval holds it. One above is a finding that is ``close_to_bound``.
CLOSE_ID = "close-to-a-bound"
_FEWEST_CALLS = 3
# Blocks that samples cannot tell apart: so many, and so much of the loop's busy time.
_MANY_BLOCKS = 50
_STILL = 0.2


def blocking_client(evidence: Evidence) -> Iterator[Finding]:
    """A blocking client called on the loop's thread."""
    for site in evidence.call_sites:
        if not site.blocking or site.requests < _FEWEST_CALLS:
            continue
        held_s = site.requests * site.wall_us / 1e6
        if held_s < evidence.noticed_s(_LEAST_SHARE):
            continue
        most = 1e6 / site.wall_us if site.wall_us else 0.0
        yield finding(
            "blocking-client-on-loop",
            f"{site.client.name} blocks the event loop at {place(site.file, site.line, site.function)}",
            Layer.APP,
            (site.file, site.line, site.function),
            f"Each call holds the loop for {site.wall_us / 1e3:,.1f} ms: nothing else runs meanwhile, so there cannot be "
            f"more than {most:,.0f} a second, however many are wanted.",
            [
                f"{site.requests:,} calls, {held_s:,.1f} s of {evidence.measured_s:,.1f} s",
                *_answering(site.routes),
            ],
            "Call it in a thread, make the route a plain function (the framework then runs it in a thread), or use an "
            "asynchronous client.",
            "The claim is wrong if the loop's longest step stays as long with the call in a thread.",
            off_cpu_us=evidence.over_all(site.wall_us, site.requests) + _waited_for_us(evidence, site),
            code=in_thread(evidence.loop_names, f"{site.client.name.partition('-')[0].replace('.', '_')}_call"),
        )


def _waited_for_us(evidence: Evidence, site: SiteResult) -> float:
    """What each ready request waited for the site's calls, which share what their function held the loop for."""
    alike = [
        each
        for each in evidence.call_sites
        if each.blocking and (each.file, each.function) == (site.file, site.function)
    ]
    share = site.requests * site.wall_us / sum(each.requests * each.wall_us for each in alike)
    under = [row for row in evidence.holders if (row.file, row.function) == (site.file, site.function)]
    return share * sum(row.blamed_us for row in under if stands_still(row, evidence.holders))


def blocking_call(evidence: Evidence) -> Iterator[Finding]:
    """Code that stands still on the loop: a sleep, a lock, a file, a look-up."""
    clients = {(site.file, site.function) for site in evidence.call_sites if site.blocking}
    for holder in evidence.holders:
        if holder.cpu_s is None or holder.steps < _FEW_STEPS or (holder.file, holder.function) in clients:
            continue
        if not stands_still(holder, evidence.holders) or explains(evidence, holder):
            continue
        certain_s = holder.held_s.value if holder.held_s.low is None else holder.held_s.low
        other_s = holder.cpu_s + holder.queued_s + holder.interpreter_s
        still_s = holder.held_s.value - other_s
        if certain_s - other_s < evidence.noticed_s(_LEAST_SHARE):
            continue
        if still_s < evidence.noticed_s(_LEAST_SHARE):
            continue
        if (holder.longest_ms or 0.0) < _LONG_MS / 20:
            continue
        yield finding(
            "blocking-call",
            f"{place(holder.file, holder.line, holder.function)} blocks the event loop",
            holder.layer,
            (holder.file, holder.line, holder.function),
            f"It held the loop for {holder.held_s.value:,.2f} s of {evidence.measured_s:,.1f} s, and computed for only "
            f"{holder.cpu_s:,.2f} s of that.",
            held_facts(holder),
            do_not_block(evidence.loop_names),
            "The claim is wrong if the loop's longest step stays as long with the call in a thread.",
            off_cpu_us=evidence.standing_us(holder, still_s),
            code=in_thread(evidence.loop_names),
        )


@dataclass(frozen=True, slots=True)
class _ShortBlocks:
    """A loop that stands still in calls too short for samples: how often, how long, of how much, most likely under whom."""

    times: float
    still_s: float
    busy_s: float
    holder: Holder


def _short_blocks(evidence: Evidence) -> Iterator[_ShortBlocks]:
    still = [holder for holder in evidence.holders if stands_still(holder, evidence.holders)]
    told_s = sum(holder.held_s.value - (holder.cpu_s or 0.0) - holder.queued_s for holder in still)
    own = next((holder for holder in evidence.holders if holder.origin == "app" and holder not in still), None)
    for lane in evidence.lanes:
        weights = WindowWeights(evidence.facts, lane)
        times, busy_s = weights.blocked_elsewhere, weights.busy_ns() / 1e9
        others_s = float(lane.integers("sample.others_ns").sum()) / 1e9 * (1.0 + weights.queued_per_cpu)
        rest_s = weights.still_ns / 1e9 - others_s - told_s - (weights.blocked_ns or 0) / 1e9
        if (
            own is not None
            and not explains(evidence, own)
            and times >= _MANY_BLOCKS
            and rest_s > max(_STILL * busy_s, evidence.noticed_s(_LEAST_SHARE))
        ):
            # Those under this function last no longer than it held the loop.
            yield _ShortBlocks(times, min(rest_s, own.held_s.value), busy_s, own)


def short_blocks(evidence: Evidence) -> Iterator[Finding]:
    """Calls that block for so short a time that samples cannot tell whose they are: clocks say that the loop stands still,
    and the system how often."""
    for found in _short_blocks(evidence):
        holder = found.holder
        yield finding(
            "blocking-call",
            f"Calls that block for about {found.still_s * 1e3 / found.times:.1f} ms each hold the event loop, most likely "
            f"under {place(holder.file, holder.line, holder.function)}",
            holder.layer,
            (holder.file, holder.line, holder.function),
            f"The loop was held for {found.busy_s:,.2f} s, and for {found.still_s:,.2f} s of that its thread neither "
            "computed nor waited for a core.",
            [
                f"its thread stood still {found.times:,.0f} times in something else than the loop's own wait",
                f"{holder.held_s.value:,.2f} s of the loop's time were under this function",
                "the calls are too short for samples to tell whose they are",
            ],
            do_not_block(evidence.loop_names),
            "The claim is wrong if the loop is held as long with the call in a thread.",
            off_cpu_us=evidence.standing_us(holder, found.still_s),
            code=in_thread(evidence.loop_names),
        )


def work_on_loop(evidence: Evidence) -> Iterator[Finding]:
    """Code of the program that computes for so long at a time that others wait."""
    for holder in evidence.holders:
        if holder.layer is not Layer.APP or holder.origin != "app":
            continue
        if not is_long_work(holder, evidence) or is_short_blocks(holder, evidence) or explains(evidence, holder):
            continue  # another rule
        of_sdk = of_an_sdk(holder, evidence)
        line, remedy = of_sdk or (
            holder.line,
            "Move the work to a process pool (a thread helps only where the code releases the interpreter's lock), or do it "
            "in parts.",
        )
        yield finding(
            "work-should-leave-the-loop",
            f"{place(holder.file, holder.line, holder.function)} computes on the event loop, in steps of up to "
            f"{holder.longest_ms:,.0f} ms",
            Layer.APP,
            (holder.file, line, holder.function),
            f"It held the loop for {holder.held_s.value:,.2f} s of {evidence.measured_s:,.1f} s; requests were ready and "
            f"waited {holder.blamed_us / 1e3:,.2f} ms each for it.",
            held_facts(holder),
            remedy,
            "The claim is wrong if ready requests wait as long with the work elsewhere.",
            cost_us=evidence.for_each_us(holder.held_s.value if holder.cpu_s is None else holder.cpu_s),
            off_cpu_us=holder.blamed_us,
            code="" if of_sdk else in_process(evidence.loop_names),
        )


def is_long_work(holder: Holder, evidence: Evidence) -> bool:
    """Whether the holder computes for so long at a time that others wait."""
    # One long step or two are the start, of each process that nobody waits for yet, or the machine's: what is worth moving
    # away comes again and again.
    alone = holder.blamed_us < _LEAST_SHARE * evidence.request_us
    if holder.long_steps < _FEW_STEPS * (starts(evidence.loops) if alone else 1) or holder.long_s < evidence.noticed_s(
        2 * _LEAST_SHARE
    ):
        return False
    if stands_still(holder, evidence.holders):
        return False
    if holder.queued_s > _SCARCE * (holder.cpu_s or 0.0) and holder.long_s < _LARGE_PART * holder.held_s.value:
        return False  # a few of many short steps, in which the machine gave the core to somebody else
    if _computed_ms(holder) < _LEAST_COMPUTED_MS:
        return False  # the step is long for another reason: what else is in it, or a core that was somebody else's
    return holder.interpreter_s <= holder.held_s.value / 2  # else threads computed, not this


def is_short_blocks(holder: Holder, evidence: Evidence) -> bool:
    """Whether calls that block for too short a time for samples are told of the holder."""
    return any(holder is found.holder for found in _short_blocks(evidence))


def _computed_ms(holder: Holder) -> float:
    """What the holder computes in each of its long steps, which others may share."""
    held_s = holder.held_s.value
    computes = 1.0 if holder.cpu_s is None or not held_s else min(1.0, holder.cpu_s / held_s)
    return 1e3 * holder.long_s / holder.long_steps * computes


def client_holds_loop(evidence: Evidence) -> Iterator[Finding]:
    """A part of a client that takes a large share of the loop time under one function of the program."""
    for part in _client_parts(evidence):
        if part.share >= part.bound:
            yield _client_part(evidence, part)


def nearly_findings(evidence: Evidence) -> Iterator[Notice]:
    """Parts of a client just below the share that makes a finding: chance alone decides which run has one."""
    for part in _client_parts(evidence):
        if _NEARLY * part.bound <= part.share < part.bound <= part.high:
            yield Notice(
                CLOSE_ID,
                f"{part.title}. That is {part.under_function}. From {percent_bound(part.bound)} on it is a finding; the "
                f"samples allow {percent(part.low)} to {percent(part.high)}.",
                "Another run may name it. Measure for longer to decide.",
            )


@dataclass(frozen=True, slots=True)
class _ClientPart:
    """What a layer of a client takes of the loop time under one function of the program: a share with its interval."""

    layer: Layer
    at: tuple[str, int, str]
    holder: Holder
    bound: float
    share: float
    low: float
    high: float

    @property
    def title(self) -> str:
        """Told by its share of all busy time of the loops, as the answer and the table of what holds the loop are."""
        return (
            f"{_PART[self.layer]}, under {place(*self.at)}, takes {percent(self.holder.share_of_loop)} of the event loop's "
            "busy time"
        )

    @property
    def under_function(self) -> str:
        """The share that makes it a finding."""
        return f"{percent(self.share)} of the busy time under this function"

    @property
    def close(self) -> bool:
        """Whether the interval of a finding's share holds the bound."""
        return self.low < self.bound


def _client_parts(evidence: Evidence) -> Iterator[_ClientPart]:
    held: dict[tuple[str, int, str], dict[Layer, Holder]] = {}
    for holder in evidence.holders:
        if holder.origin == "app":
            held.setdefault((holder.file, holder.line, holder.function), {}).setdefault(holder.layer, holder)
    for at, layers in held.items():
        total_s = sum(holder.held_s.value for holder in layers.values())
        if total_s < evidence.noticed_s(_LEAST_CLIENT_SHARE):
            continue
        for layer, bound in _CLIENT_LAYERS.items():
            mine = layers.get(layer)
            # In many steps: what is imported when a client is first used is the start, not a habit.
            if mine is not None and mine.steps >= _MANY_STEPS and not _nobody_minds(mine, evidence):
                held_s = mine.held_s
                shares = [(held_s.value if s is None else s) / total_s for s in (held_s.value, held_s.low, held_s.high)]
                yield _ClientPart(layer, at, mine, bound, *shares)


def _nobody_minds(holder: Holder, evidence: Evidence) -> bool:
    """Whether the loop is mostly idle and requests hardly wait for this: it takes a large share of little."""
    return evidence.loop_busy_share < _MOSTLY_IDLE and holder.blamed_us < _LEAST_SHARE * evidence.request_us


def _client_part(evidence: Evidence, part: _ClientPart) -> Finding:
    # Below the function that holds the loop there may be calls of several clients.
    clients = {
        site.client.name for site in evidence.call_sites if (site.file, site.function) == (part.at[0], part.at[2])
    }
    first = part.holder
    # What it waited for the interpreter is other threads' doing, and told as theirs.
    blamed_us = first.blamed_us * (1.0 - min(1.0, first.interpreter_s / first.held_s.value))
    inside = first.inside or first.function
    remedy, code = _remedy(part.layer, clients, inside)
    turns = tuple(Turn(knob, Way.NOT_UP, _LONGER) for knob in (Knob.CONNECTIONS, Knob.KEPT))
    close = (
        f" The least that makes a finding is {percent_bound(part.bound)}; the samples allow {percent(part.low)} to "
        f"{percent(part.high)}, so another run may not report it."
    )
    return finding(
        f"client-{part.layer}-holds-loop",
        part.title,
        part.layer,
        part.at,
        f"That is {part.under_function}, most of it in `{inside}`.{close if part.close else ''} Each request was ready "
        f"and waited {blamed_us / 1e3:,.2f} ms for it.",
        held_facts(first),
        remedy,
        "The claim is wrong if the loop time of that layer per request does not fall with the remedy.",
        off_cpu_us=blamed_us or None,
        mechanism=_MECHANISM[part.layer],
        code=code,
        turns=turns if _LONGER in remedy else (),
        close_to_bound=part.close,
    )


_LONGER = "Raise neither the connection limit nor the keep-alive limit: each pass then scans more connections."
_PART = {Layer.POOL: "The connection pool", Layer.IMPORT: "A repeated import"}
_MECHANISM = {
    Layer.POOL: "The pool scans all its connections and all waiting requests on each request and each release, so its cost "
    "per request grows with their number. Nothing else runs meanwhile.",
    Layer.IMPORT: "An import inside of a call runs again and again; one that fails searches the whole path every time.",
}


def _remedy(layer: Layer, clients: Collection[str], inside: str) -> tuple[str, str]:
    """``clients`` are those called there; for httpx there is a transport that avoids its pool."""
    if layer is Layer.IMPORT and inside.endswith(".current_async_library"):
        return "Install the package that httpcore looks for in vain, sniffio.", "pip install sniffio"
    if layer is Layer.IMPORT:
        return (
            f"Import once, at the top of the file, not in each call of `{inside}`. Where the package may be missing, "
            "install it, or remember that it is.",
            "",
        )
    if "httpx" not in clients:
        return f"Use another transport or another client. {_LONGER}", ""
    return (
        f"Use another transport below httpx's interface, such as httpx-aiohttp. {_LONGER}",
        HTTPX_OVER_AIOHTTP,
    )


def _answering(routes: Sequence[Route]) -> list[str]:
    return [f"runs while the program answers {route.method} {route.template}" for route in routes[:3]]


def held_facts(holder: Holder) -> list[str]:
    low, high = holder.held_s.low, holder.held_s.high
    reach = "" if low is None or high is None else f" [{low:,.2f}, {high:,.2f}]"
    return [
        f"loop time: {holder.held_s.value:,.2f} s{reach}, {percent(holder.share_of_loop)} of the event loop's busy time",
        *([] if holder.longest_ms is None else [f"longest single step: {holder.longest_ms:,.1f} ms"]),
        *([f"most of it in {holder.inside}"] if holder.inside else []),
        *_answering(holder.routes),
    ]
