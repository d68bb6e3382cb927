"""The tables of a history and their schema's version.

A file says its version in its own metadata. A version adds tables and columns and never changes what a column means, so an
older file is read as it is: what it lacks is NULL. A file of a newer version is refused.
"""

from dataclasses import dataclass

from clientprof.model.phases import Phase

VERSION = 1
# The key of the version in a file's metadata.
KEY = "clientprof_history"


class HistoryError(Exception):
    """A history that cannot be read or written; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: columns by name with their SQL types, in order."""

    name: str
    columns: dict[str, str]

    @property
    def definition(self) -> str:
        return ", ".join(f"{name} {kind}" for name, kind in self.columns.items())


# ``recording`` joins all tables: 12 digits of the SHA-256 of the recording's file.
RECORDINGS = Table(
    "recordings",
    {
        "recording": "VARCHAR", "created": "TIMESTAMP", "kind": "VARCHAR", "command": "VARCHAR", "tool_version": "VARCHAR",
        "machine": "VARCHAR", "machine_about": "VARCHAR", "load": "VARCHAR", "seed": "BIGINT", "complete": "BOOLEAN",
    },
)  # fmt: skip
# One row per figure. ``part`` is the layer, phase or counter of a figure that has one; ``baseline`` that of a ratio.
RESULTS = Table(
    "results",
    {
        "recording": "VARCHAR", "client": "VARCHAR", "version": "VARCHAR", "python": "VARCHAR", "loop": "VARCHAR",
        "metric": "VARCHAR", "part": "VARCHAR", "value": "DOUBLE", "low": "DOUBLE", "high": "DOUBLE", "unit": "VARCHAR",
        "n": "BIGINT", "baseline": "VARCHAR",
    },
)  # fmt: skip
# One row per exchange, times in nanoseconds; NULL where a phase did not happen or a state is not known.
EXCHANGES = Table(
    "exchanges",
    {
        "recording": "VARCHAR", "client": "VARCHAR", "version": "VARCHAR", "number": "BIGINT", "round": "BIGINT",
        "connection": "BIGINT", "status": "INTEGER", "error": "VARCHAR", "body_bytes": "BIGINT", "started_ns": "BIGINT",
        "wall_ns": "BIGINT", "running_ns": "BIGINT", "ready_ns": "BIGINT", "waiting_ns": "BIGINT",
        **{f"{phase}_ns": "BIGINT" for phase in Phase},
    },
)  # fmt: skip
TABLES = {table.name: table for table in (RECORDINGS, RESULTS, EXCHANGES)}
