"""CSV (RFC 4180) of layers, functions, phases and exchanges: one file each, a row per client and thing, absent is empty.

Text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection).
"""

import csv
import io
from collections.abc import Iterable

from clientprof.model.estimate import Estimate
from clientprof.model.export import Export
from clientprof.report.exporters.one_line import one_line

Cell = str | int | float | None


def to_layers(export: Export) -> bytes:
    """CPU by owner layer."""
    return csv_of(
        ("client", "layer", "cpu_us_per_request", "low", "high", "share"),
        (
            (entry.client.title, row.layer, *_estimate(row.cpu_us_per_request), row.share)
            for entry in export.clients
            for row in entry.client.layers
        ),
    )


def to_functions(export: Export) -> bytes:
    """The costliest functions, with calls where they were counted."""
    return csv_of(
        (
            "client", "layer", "module", "function", "file", "line", "self_us_per_request", "self_low", "self_high",
            "total_us_per_request", "total_low", "total_high", "calls_per_request",
        ),
        (
            (
                entry.client.title, row.layer, row.module, row.function, row.file, row.line,
                *_estimate(row.self_us_per_request), *_estimate(row.total_us_per_request), row.calls_per_request,
            )
            for entry in export.clients
            for row in entry.client.functions
        ),
    )  # fmt: skip


def to_off_cpu(export: Export) -> bytes:
    """Time without computing by function; the row without a function is the rest."""
    return csv_of(
        (
            "client", "kind", "layer", "module", "function", "file", "line", "by", "phase", "us_per_request", "low",
            "high", "share",
        ),
        (
            (
                entry.client.title, row.kind, row.layer, row.module, row.function, row.file, row.line, row.by,
                row.phase, *_estimate(row.us_per_request), row.share,
            )
            for entry in export.clients
            for row in entry.client.off_cpu
        ),
    )  # fmt: skip


def to_phases(export: Export) -> bytes:
    """The ledger's phases, means per request; ``wall_us = cpu_us + ready_us + wait_us``."""
    return csv_of(
        ("client", "phase", "wall_us", "cpu_us", "ready_us", "wait_us", "p50_us", "p99_us", "requests"),
        (
            (
                entry.client.title, row.phase, row.wall_us, row.cpu_us, row.ready_us, row.wait_us, row.p50_us,
                row.p99_us, row.requests,
            )
            for entry in export.clients
            if entry.client.ledger is not None
            for row in entry.client.ledger.phases
        ),
    )  # fmt: skip


def to_exchanges(export: Export) -> bytes:
    """Every phase of every exchange; times in nanoseconds since the first warm round began."""
    return csv_of(
        (
            "client", "exchange", "round", "connection", "status", "body_bytes", "error", "phase", "started_ns",
            "wall_ns", "running_ns", "ready_ns", "waiting_ns",
        ),
        (
            (
                entry.client.title, exchange.number, exchange.round, exchange.connection, exchange.status,
                exchange.body_bytes, exchange.error, part.phase, part.started_ns, part.wall_ns, part.running_ns,
                part.ready_ns, part.waiting_ns,
            )
            for entry in export.clients
            if entry.activity is not None
            for exchange in entry.activity.exchanges
            for part in exchange.phases
        ),
    )  # fmt: skip


def _estimate(value: Estimate) -> tuple[Cell, Cell, Cell]:
    return value.value, value.low, value.high


def csv_of(header: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> bytes:
    """The rows below the header, every cell made harmless to spreadsheets."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _cell(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    line = one_line(cell)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
