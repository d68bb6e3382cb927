"""What is asked of a history: the observations that trends are made of, and SQL of the user's own.

The user's SQL may come from anywhere, so it runs in memory, on copies of the tables, after all access to files, network and
extensions has been switched off for good. One statement that reads is allowed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clientprof.experiments.history.store import History
from clientprof.experiments.history.tables import TABLES, HistoryError
from clientprof.model.estimate import Estimate
from clientprof.model.history import Machine, Observation


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns and rows of a query."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]


def answer(history: History, sql: str) -> Answer:
    """Run one SELECT over ``recordings``, ``results`` and ``exchanges``.

    Raises:
        HistoryError: it is none, or the database refuses it.
    """
    # Exchanges may be many: they are read where they are asked for.
    wanted = [name for name in TABLES if name != "exchanges" or re.search(r"\bexchanges\b", sql, re.IGNORECASE)]
    with history.open(wanted) as database:
        import duckdb

        for setting in ("enable_external_access=false", "lock_configuration=true"):
            database.execute(f"SET {setting}")
        try:
            statements = database.extract_statements(sql)
            reading = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
            if len(statements) != 1 or statements[0].type not in reading:
                raise HistoryError("a query is one SELECT: what changes something is not run")
            ran = database.execute(statements[0])
            return Answer(tuple(column[0] for column in ran.description or ()), ran.fetchall())
        except duckdb.Error as error:
            raise HistoryError(" ".join(str(error).split())) from None


_OBSERVED = """
SELECT r.recording, strftime(r.created, '%Y-%m-%dT%H:%M:%S'), r.machine, s.python, r.load, s.client, s.version,
       s.value, s.low, s.high, s.n, x.value, x.low, x.high, x.n, x.baseline
FROM results s
JOIN recordings r USING (recording)
LEFT JOIN results x ON x.recording = s.recording AND x.client = s.client AND x.version = s.version
     AND x.python = s.python AND x.metric = 'cpu_ratio'
WHERE s.metric = 'cpu_us_per_request' AND s.value > 0
ORDER BY r.created, r.recording, s.client, s.version
"""
_LAYERS = """
SELECT recording, client, version, python, part, value FROM results WHERE metric = 'layer_cpu_us' ORDER BY part
"""
_MACHINES = """
SELECT machine, any_value(machine_about ORDER BY created), count(*) FROM recordings GROUP BY machine ORDER BY 3 DESC, 1
"""


def observations(history: History) -> tuple[tuple[Observation, ...], tuple[Machine, ...]]:
    """Every client of every recording that has a cost, the oldest first, and the machines.

    Raises:
        HistoryError: the history cannot be read.
    """
    with history.open() as database:
        layers: dict[tuple[str, ...], dict[str, float]] = {}
        for *key, part, value in database.execute(_LAYERS).fetchall():
            layers.setdefault(tuple(key), {})[part] = value
        found = tuple(
            Observation(
                recording, created, machine, python, load, client, version,
                Estimate(value, low, high, "us", n),
                None if ratio is None else Estimate(ratio, ratio_low, ratio_high, "x", ratio_n),
                baseline,
                layers.get((recording, client, version, python), {}),
            )
            for (
                recording, created, machine, python, load, client, version, value, low, high, n,
                ratio, ratio_low, ratio_high, ratio_n, baseline,
            ) in database.execute(_OBSERVED).fetchall()
        )  # fmt: skip
        machines = tuple(Machine(*row) for row in database.execute(_MACHINES).fetchall())
    return found, machines
