"""Sentences that the page and the terminal share: the answer, names of clients, verdicts, what is missing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from clientprof.model.estimate import Effect, shown_unit
from clientprof.model.results import ClientResult, Comparison, CounterRow, LayerCost, TraceResult
from clientprof.report.writing.figures import (
    ABSENT,
    decimal,
    duration,
    interval,
    measure,
    percent,
    plural,
    ratio,
    ratio_full,
    ratio_places,
)


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
    return client.title


def named(result: TraceResult, name: str) -> str:
    """The client of that name with its version; the name itself where the result holds no such client."""
    for client in result.clients:
        if name in (client.name, client_name(client), f"{client.name}=={client.version}"):
            return client_name(client)
    return name


def load_label(result: TraceResult) -> str:
    """`` with 512 requests in flight (load c512/1k)``, from the workload's scenario; empty where there is none."""
    for setting in result.workload:
        if setting.name.lower() in ("scenario", "label", "load"):
            flight = re.match(r"c(\d+)\b", setting.value)
            if flight is None:
                return f" at {setting.value}"
            return f" with {plural(int(flight[1]), 'request')} in flight (load {setting.value})"
    return ""


def answer(result: TraceResult) -> Answer:
    """The question answered in one sentence, with figures and interval, or why there is no answer."""
    if not result.clients:
        return Answer("No client was measured.", "", "")
    first = result.clients[0]
    name = client_name(first)
    if first.unfinished is not None:
        done = f"{first.unfinished.answered:,} of {first.unfinished.of:,}"
        return Answer(f"{name} answered ", done, f" requests in {first.unfinished.seconds:.0f} s and was stopped then.")
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
    return Answer(f"{name} spends ", f"{decimal(cpu.value, 0)} µs", rest)


def _compared(result: TraceResult, comparison: Comparison) -> Answer:
    effect, wall = comparison.effect, comparison.wall_effect
    lead = f"{named(result, effect.candidate)} spends "
    # The ratio is set apart from its interval, which one block does not have.
    reach = ratio_full(effect.ratio).removeprefix(ratio(effect.ratio))
    rest = (
        f"{reach} the CPU of {named(result, effect.baseline)} per request{load_label(result)}; "
        f"its wall time is {ratio_full(wall.ratio)}."
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
        return f"Of the {decimal(gap.value, 0)} µs per request between them, most is in: {parts}."
    return None


def so_far(result: TraceResult, done: int, blocks: int) -> str:
    """The answer after ``done`` of all ``blocks``. The interval comes with the second block, layers when they are known."""
    said = f"so far ({done} of {plural(blocks, 'block')}): {answer(result).sentence}"
    return " ".join(filter(None, (said, gap_sentence(result) or _layers_sentence(result))))


def _layers_sentence(result: TraceResult) -> str | None:
    """In which layers the first client spends most of its CPU."""
    if not result.clients or not result.clients[0].layers:
        return None
    rows = sorted(result.clients[0].layers, key=lambda row: -row.share)[:3]
    return f"Most of its CPU is in: {', '.join(f'{row.layer} {percent(row.share)}' for row in rows)}."


def cold_sentence(result: TraceResult) -> str | None:
    """How long the first round of a new client took, beside a later one, and the connections that it opened."""
    client = result.clients[0] if result.clients else None
    if client is None or client.cold is None:
        return None
    cold = client.cold
    opened = cold.connects if cold.connects_by_origin is None else cold.connects_by_origin
    most = cold.most_connections_by_origin
    at_once = "" if most is None else f", at most {most:,} at once"
    later = f", a later one {duration(client.control.wall_s.value)}" if client.control and client.control.ok else ""
    failed = failures(cold.errors)
    connections = "connections not counted" if opened is None else f"{plural(opened, 'connection')} opened{at_once}"
    return (
        f"The first round of a new {client_name(client)} client took {duration(cold.wall_s.value)}{later} "
        f"({connections}{f'; failed: {failed}' if failed else ''})."
    )


def floor_sentence(result: TraceResult) -> str | None:
    """The cost of the floor, and whether it is the least under this load; None where it was not measured."""
    if result.floor is None:
        return None
    cost = f"{measure(result.floor.cpu_us_per_request.value, 'us')} of CPU per request"
    if any(times < 1 for times in result.floor.times.values()):
        return f"{cost}, no lower bound here: some clients cost less"
    return f"{cost}, about the least that Python can do"


def floor_times(result: TraceResult, client: ClientResult) -> str:
    """The client's CPU per request in multiples of the floor: ``4.52x``."""
    times = None if result.floor is None else result.floor.times.get(client.name)
    if times is None:
        return ABSENT
    return f"{'' if client.unfinished is None else '≥ '}{decimal(times, ratio_places(times))}x"


def failures(errors: Mapping[str, int]) -> str:
    """``3 PoolTimeout, 1 ReadError``; empty where nothing failed."""
    return ", ".join(f"{number:,} {kind}" for kind, number in errors.items() if number)


def aa_sentence(effect: Effect) -> str:
    """What the baseline against itself showed in the same blocks."""
    if effect.aa_ratio is None:
        return "the baseline was not compared with itself, so chance differences are not known"
    return f"{ratio_full(effect.aa_ratio)} for {effect.baseline} compared with itself"


def layers_by_cost(client: ClientResult) -> tuple[LayerCost, ...]:
    """The client's layers, the most costly first."""
    return tuple(sorted(client.layers, key=lambda row: -row.cpu_us_per_request.value))


def in_flight(client: ClientResult) -> str:
    """``100 of 512``: requests in flight on the wire at most, of those asked for at once."""
    flight = client.in_flight
    return ABSENT if flight is None else f"{flight.most:,} of {flight.asked:,}"


LEAST = ("CPU per request", "Wall time per round", "wall per round")
"""Rows of the headline whose figure is a lower bound for a client that was stopped in its round."""


def bound(client: ClientResult, title: str) -> str:
    """What stands before the figure of that row: ``≥`` of a client that was stopped, else nothing."""
    return "" if client.unfinished is None or title not in LEAST else "≥ "


def missing_parts(client: ClientResult) -> tuple[str, ...]:
    """What this client's result does not hold, in words; empty where it is whole."""
    parts = (
        (client.control is None, "headline times", "control"),
        (not client.layers, "CPU by layer", "sample"),
        (client.profile is None, "call tree", "sample"),
        (client.ledger is None, "phases of requests", "ledger"),
        (not client.counters, "counters", "count"),
        (not client.cross_check, "cross-check", "pyinstrument"),
    )
    return tuple(f"{name} (lens {lens})" for missing, name, lens in parts if missing and lens in client.lenses)


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


def counter_title(row: CounterRow) -> tuple[str, str]:
    """Name and unit of a counter apart: ``("pool passes", "per request")``, ``("gc", "µs per request")``."""
    title, unit = row.name.replace("_", " "), row.unit.strip()
    return title.removesuffix(unit).rstrip() or title, shown_unit(unit)


@dataclass(frozen=True, slots=True)
class LayerSum:
    """All layers of a client together beside what the control runs took; ``apart`` is ``+3.5 %``."""

    layers: str
    control: str
    apart: str


def layer_sum(client: ClientResult) -> LayerSum:
    """The sum of a client's layers, which come from another process than its headline."""
    layers_us = sum(row.cpu_us_per_request.value for row in client.layers)
    control_us = client.control.cpu_us_per_request.value if client.control is not None else 0.0
    if not control_us > 0:
        return LayerSum(decimal(layers_us), decimal(None), "")
    return LayerSum(decimal(layers_us), decimal(control_us), f"{layers_us / control_us * 100 - 100:+.1f}\u00a0%")
