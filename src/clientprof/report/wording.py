"""Sentences that the page and the terminal share: the answer, names of clients, verdicts, what is missing."""

from dataclasses import dataclass

from clientprof.model.estimate import Effect
from clientprof.model.results import ClientResult, Comparison, LayerCost, TraceResult
from clientprof.report.figures import decimal, interval, percent, plural, ratio, ratio_full, ratio_interval


@dataclass(frozen=True, slots=True)
class Answer:
    """The first sentence in three parts, so that the figure can be set larger than the words around it."""

    lead: str
    figure: str
    rest: str

    @property
    def sentence(self) -> str:
        return f"{self.lead}{self.figure}{self.rest}"


def client_name(client: ClientResult) -> str:
    """``httpx 0.28.1``."""
    return f"{client.name} {client.version}".strip()


def named(result: TraceResult, name: str) -> str:
    """The client of that name with its version; the name itself where the result holds no such client."""
    for client in result.clients:
        if name in (client.name, client_name(client), f"{client.name}=={client.version}"):
            return client_name(client)
    return name


def load_label(result: TraceResult) -> str:
    """`` at c512/1k``, from the workload's setting ``scenario`` or ``label``; empty where there is none."""
    for setting in result.workload:
        if setting.name.lower() in ("scenario", "label", "load"):
            return f" at {setting.value}"
    return ""


def answer(result: TraceResult) -> Answer:
    """The question answered in one sentence, with figures and interval, or why there is no answer."""
    if not result.clients:
        return Answer("No client was measured.", "", "")
    first = result.clients[0]
    name = client_name(first)
    if first.control is None:
        return Answer(f"{name} was not measured without instruments, so there is no headline figure.", "", "")
    if first.control.ok == 0:
        failures = ", ".join(f"{number:,} {kind}" for kind, number in first.control.errors.items() if number)
        return Answer("No request of ", name, f" succeeded{load_label(result)}: {failures or 'none was made'}.")
    for comparison in result.comparisons:
        if comparison.effect.candidate in (first.name, name):
            return _compared(result, comparison)
    cpu = first.control.cpu_us_per_request
    rest = f" {interval(cpu, 0)} of CPU per request{load_label(result)}. No baseline was measured."
    return Answer(f"{name} spends ", f"{decimal(cpu.value, 0)} us", rest)


def _compared(result: TraceResult, comparison: Comparison) -> Answer:
    effect, wall = comparison.effect, comparison.wall_effect
    lead = f"{named(result, effect.candidate)} spends "
    rest = (
        f" {ratio_interval(effect.ratio)} the CPU of {named(result, effect.baseline)} per request{load_label(result)};"
        f" its wall time is {ratio_full(wall.ratio)}."
    )
    return Answer(lead, ratio(effect.ratio), rest)


def gap_sentence(result: TraceResult) -> str | None:
    """Which layers make up most of the gap."""
    for comparison in result.comparisons:
        rows = sorted(comparison.gap, key=lambda row: -row.us_per_request.value)[:3]
        if not rows:
            continue
        parts = ", ".join(f"{row.layer} {percent(row.share_of_gap)}" for row in rows)
        gap = comparison.gap_us_per_request
        return f"Of the {decimal(gap.value, 0)} us per request between them, most is in: {parts}."
    return None


def wall_sentence(result: TraceResult) -> str | None:
    """Where a request of the client asked about spends most of its wall time."""
    ledger = result.clients[0].ledger if result.clients else None
    if ledger is None or not ledger.phases or ledger.wall_us <= 0:
        return None
    row = max(ledger.phases, key=lambda phase: phase.wall_us)
    longest = max(
        (row.cpu_us, "running its own code"),
        (row.ready_us, "ready, queued behind other work of the loop"),
        (row.wait_us, "waiting"),
    )
    return (
        f"A request of {client_name(result.clients[0])} takes {decimal(ledger.wall_us / 1000)} ms on average; "
        f"{percent(row.wall_us / ledger.wall_us)} of that in phase {row.phase}, mostly {longest[1]}."
    )


def aa_sentence(effect: Effect) -> str:
    """What the baseline against itself showed in the same blocks."""
    if effect.aa_ratio is None:
        return "no A/A arm was run, so chance differences are not known"
    return f"{ratio_full(effect.aa_ratio)} when {effect.baseline} is compared with itself"


def layers_by_cost(client: ClientResult) -> tuple[LayerCost, ...]:
    """The client's layers, the most costly first."""
    return tuple(sorted(client.layers, key=lambda row: -row.cpu_us_per_request.value))


def missing_parts(client: ClientResult) -> tuple[str, ...]:
    """What this client's result does not hold, in words; empty where it is whole."""
    parts = (
        (client.control is None, "headline times (lens control)"),
        (not client.layers, "CPU by layer (lens sample)"),
        (client.profile is None, "call tree (lens sample)"),
        (client.ledger is None, "phases of requests (lens ledger)"),
        (not client.counters, "counters (lens count)"),
        (not client.cross_check, "cross-check (lens pyinstrument)"),
    )
    return tuple(name for missing, name in parts if missing)


def missing_sentence(client: ClientResult) -> str | None:
    """What was not measured for this client, None where nothing is missing."""
    parts = missing_parts(client)
    return f"Not measured for {client_name(client)}: {', '.join(parts)}." if parts else None


def rounds_sentence(client: ClientResult) -> str | None:
    """How many requests the headline rests on."""
    if client.control is None:
        return None
    control = client.control
    return f"{plural(control.rounds, 'round')} of {plural(control.requests_per_round, 'request')} each"
