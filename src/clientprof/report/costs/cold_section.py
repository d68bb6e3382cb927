"""The first round of a new client: what it took beside a later round, connections, handshakes, failures."""

from collections.abc import Callable

from clientprof.model.results import ColdRound, Control, TraceResult
from clientprof.report.writing.figures import ABSENT, interval, measure, milliseconds
from clientprof.report.writing.markup import Column, Html, Node, caption, join, table, tag
from clientprof.report.writing.page_parts import quiet
from clientprof.report.writing.wording import client_name, failures


def cold_section(result: TraceResult) -> Html | None:
    """Client beside client; what the client says beside what the origin saw."""
    measured = [(client, client.cold) for client in result.clients if client.cold is not None]
    if not measured:
        return None
    columns = [Column(""), *(Column(client_name(client), numeric=True) for client, _ in measured)]
    shown = dict(_ROWS)
    if any(cold.handshakes or cold.handshakes_by_origin for _, cold in measured):
        shown |= _HANDSHAKE_ROWS
    rows: list[list[Node]] = [[title, *(cell(cold) for _, cold in measured)] for title, cell in shown.items()]
    later = [_later(client.control) for client, _ in measured]
    rows.insert(1, ["A later round, for comparison", *later])
    text = caption(
        "The first round of a new client, before any connection exists. The origin keeps its own log as a check."
    )
    return join((text, table("Cold round", columns, [row for row in rows if set(row[1:]) != {ABSENT}])))


def _number(value: int | None) -> str:
    return ABSENT if value is None else f"{value:,}"


def _checked(by_client: int | None, by_origin: int | None) -> Node:
    """The origin's count, marked where the client's own differs."""
    if by_origin is None or by_client is None or by_origin == by_client:
        return _number(by_origin)
    return join((tag("b", _number(by_origin)), tag("small", "differs from the client's", class_="differs")))


def _ms(value_us: float | None) -> str:
    return ABSENT if value_us is None else f"{milliseconds(value_us, 1)}\u00a0ms"


def _later(control: Control | None) -> Node:
    return ABSENT if control is None else measure(control.wall_s.value * 1000, "ms")


def _wall(cold: ColdRound) -> Node:
    return join((measure(cold.wall_s.value * 1000, "ms"), " ", quiet(interval(cold.wall_s, 1, 1000))))


def _cpu(cold: ColdRound) -> Node:
    return join((measure(cold.cpu_us_per_request.value, "us"), " ", quiet(interval(cold.cpu_us_per_request))))


_ROWS: dict[str, Callable[[ColdRound], Node]] = {
    "Wall time of the round": _wall,
    "CPU per request": _cpu,
    "Connections opened, by the client": lambda cold: _number(cold.connects),
    "Connections accepted, by the origin's log": lambda cold: _checked(cold.connects, cold.connects_by_origin),
    "Most open at once, by the origin's log": lambda cold: _number(cold.most_connections_by_origin),
    "Names looked up": lambda cold: _number(cold.name_lookups or None),
    "Failed": lambda cold: failures(cold.errors) or "0",
}
_HANDSHAKE_ROWS: dict[str, Callable[[ColdRound], Node]] = {
    "TLS handshakes, by the client": lambda cold: _number(cold.handshakes),
    "TLS handshakes, by the origin's log": lambda cold: _checked(cold.handshakes, cold.handshakes_by_origin),
    "Of these resumed": lambda cold: _number(cold.resumed_by_origin),
    "Wall time of all handshakes, summed": lambda cold: _ms(cold.handshake_wall_us),
    "CPU of all handshakes, summed": lambda cold: _ms(cold.handshake_cpu_us),
}
