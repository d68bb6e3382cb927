"""The first round of a new client, always shown: it is often far from a later one."""

from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from clientprof.model.results import ColdRound, TraceResult
from clientprof.report.terminal.layout import print_columns, print_heading, safe
from clientprof.report.writing.figures import ABSENT, measure, milliseconds
from clientprof.report.writing.wording import client_name, failures


def print_cold(result: TraceResult, console: Console) -> None:
    """Times, connections by the client and by the origin's log, handshakes if there were any, failures."""
    cold = [(client_name(client), client.cold) for client in result.clients if client.cold is not None]
    if not cold:
        return
    print_heading(console, "Cold round", "the first round of a new client")
    shown = dict(_ROWS)
    if any(round_.handshakes or round_.handshakes_by_origin for _, round_ in cold):
        shown |= _HANDSHAKE_ROWS
    if any(round_.name_lookups for _, round_ in cold):
        shown["names looked up"] = lambda round_: safe(
            ABSENT if round_.name_lookups is None else f"{round_.name_lookups:,}"
        )
    shown["failed"] = lambda round_: safe(failures(round_.errors) or "0")
    rows = [[safe(title), *(cell(round_) for _, round_ in cold)] for title, cell in shown.items()]
    print_columns(console, ["", *(name for name, _ in cold)], "W" + "r" * len(cold), rows)


def _counted(by_client: int | None, by_origin: int | None) -> Text:
    """The count; both where client and origin's log differ, in a way that colour-less terminals show as well."""
    if by_client is None:
        return safe(ABSENT if by_origin is None else f"{by_origin:,} by the origin's log")
    if by_origin is None or by_origin == by_client:
        return safe(f"{by_client:,}")
    return safe(f"{by_client:,}, origin's log {by_origin:,}", "bold yellow")


def _most(round_: ColdRound) -> Text:
    most = round_.most_connections_by_origin
    return safe(ABSENT if most is None else f"{most:,}")


def _ms(value_us: float | None) -> Text:
    return safe(ABSENT if value_us is None else f"{milliseconds(value_us, 1)} ms")


_ROWS: dict[str, Callable[[ColdRound], Text]] = {
    "wall of the round": lambda round_: safe(measure(round_.wall_s.value * 1000, "ms")),
    "CPU per request": lambda round_: safe(measure(round_.cpu_us_per_request.value, "us")),
    "connections opened": lambda round_: _counted(round_.connects, round_.connects_by_origin),
    "most open at once": _most,
}
_HANDSHAKE_ROWS: dict[str, Callable[[ColdRound], Text]] = {
    "TLS handshakes": lambda round_: _counted(round_.handshakes, round_.handshakes_by_origin),
    "wall of these, summed": lambda round_: _ms(round_.handshake_wall_us),
    "CPU of these, summed": lambda round_: _ms(round_.handshake_cpu_us),
}
