"""Sentences that the page and the terminal share: the answer, names of clients, verdicts, what is missing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clientprof.model.estimate import Effect, shown_unit
from clientprof.model.figures import percent_change
from clientprof.model.results import ClientResult, CounterRow, LayerCost, TraceResult
from clientprof.report.writing.figures import (
    ABSENT,
    decimal,
    duration,
    measure,
    plural,
    ratio_full,
    ratio_places,
)


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
    """`` with 512 requests at once (load c512/1k)``, from the workload's scenario; empty where there is none."""
    for setting in result.workload:
        if setting.name.lower() in ("scenario", "label", "load"):
            flight = re.match(r"c(\d+)\b", setting.value)
            if flight is None:
                return f" at {setting.value}"
            return f" with {plural(int(flight[1]), 'request')} at once (load {setting.value})"
    return ""


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
    """``61 of 512 (cold 100)``: requests in flight at most in the warm rounds, of those asked for at once.

    What the cold round had in flight is told where it was more.
    """
    flight = client.in_flight
    if flight is None:
        return ABSENT
    cold = f" (cold {flight.most:,})" if flight.most > flight.measured else ""
    return f"{flight.measured:,} of {flight.asked:,}{cold}"


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


_OPENED, _BY_ORIGIN, _UNDER_COUNT = (
    f"{name}_per_1000_requests" for name in ("connections_opened", "connections_accepted", "connects")
)
# What is counted three times is called by one name, with who counted it.
_TITLES = {
    _OPENED: "connections opened",
    _BY_ORIGIN: "connections opened, by the server's log",
    _UNDER_COUNT: "connections opened, under the count lens",
}


def counter_title(row: CounterRow) -> tuple[str, str]:
    """Name and unit of a counter apart: ``("pool passes", "per request")``, ``("gc", "µs per request")``."""
    title, unit = row.name.replace("_", " ").replace("tls ", "TLS ").replace("ssl ", "SSL "), row.unit.strip()
    return _TITLES.get(row.name) or title.removesuffix(unit).rstrip() or title, shown_unit(unit)


def counted_once(rows: Sequence[CounterRow]) -> list[CounterRow]:
    """The counters without those that count the same again: what a second lens says, and a server's log that agrees."""
    opened = next((row.value for row in rows if row.name == _OPENED), None)
    again = {_UNDER_COUNT, *(row.name for row in rows if row.name == _BY_ORIGIN and row.value == opened)}
    return [row for row in rows if opened is None or row.name not in again]


@dataclass(frozen=True, slots=True)
class LayerSum:
    """All layers of a client together beside what the control runs took; ``apart`` is ``+3.5 %``."""

    layers: str
    control: str
    apart: str


def layer_sum(client: ClientResult) -> LayerSum:
    """The sum of a client's layers and other threads; the layers come from another process than the headline."""
    layers_us = client.accounted_us
    control_us = client.control.cpu_us_per_request.value if client.control is not None else 0.0
    if not control_us > 0:
        return LayerSum(decimal(layers_us), decimal(None), "")
    return LayerSum(decimal(layers_us), decimal(control_us), percent_change(layers_us / control_us))
