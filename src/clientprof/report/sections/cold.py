"""The first round of a new client: connections, handshakes and what they cost."""

from collections.abc import Callable

from clientprof.model.results import ColdRound, TraceResult
from clientprof.report.figures import ABSENT, interval, measure, milliseconds
from clientprof.report.markup import Column, Html, Node, caption, join, table
from clientprof.report.sections.marks import quiet
from clientprof.report.wording import client_name


def cold_section(result: TraceResult) -> Html | None:
    """Client beside client; what the client says beside what the origin saw."""
    measured = [(client, client.cold) for client in result.clients if client.cold is not None]
    if not measured:
        return None
    columns = [Column(""), *(Column(client_name(client), numeric=True) for client, _ in measured)]
    rows: list[list[Node]] = [
        [title, *(cell(cold) for _, cold in measured)]
        for title, cell in _ROWS.items()
        if any(cell(cold) != ABSENT for _, cold in measured)
    ]
    text = caption(
        "The first round of a new client, before any connection exists. The origin keeps its own log as a check."
    )
    return join((text, table("Cold round", columns, rows)))


def _number(value: int | None) -> str:
    return ABSENT if value is None else f"{value:,}"


def _ms(value_us: float | None) -> str:
    return ABSENT if value_us is None else f"{milliseconds(value_us, 1)}\u00a0ms"


def _wall(cold: ColdRound) -> Node:
    return join((measure(cold.wall_s.value * 1000, "ms"), " ", quiet(interval(cold.wall_s, 1, 1000))))


def _cpu(cold: ColdRound) -> Node:
    return join((measure(cold.cpu_us_per_request.value, "us"), " ", quiet(interval(cold.cpu_us_per_request))))


_ROWS: dict[str, Callable[[ColdRound], Node]] = {
    "Wall time of the round": _wall,
    "CPU per request": _cpu,
    "Connections opened": lambda cold: _number(cold.connects),
    "Connections the origin accepted": lambda cold: _number(cold.connects_by_origin),
    "TLS handshakes": lambda cold: _number(cold.handshakes),
    "TLS handshakes the origin saw": lambda cold: _number(cold.handshakes_by_origin),
    "Of these resumed": lambda cold: _number(cold.resumed_by_origin),
    "Wall time of all handshakes, summed": lambda cold: _ms(cold.handshake_wall_us),
    "CPU of all handshakes, summed": lambda cold: _ms(cold.handshake_cpu_us),
}
