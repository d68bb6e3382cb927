"""How many new connections are expected where the server closes them: what it allows on each, whoever closes first."""

from dataclasses import replace

import pytest

from clientprof.attribution.costs.counter_rows import counter_rows
from clientprof.model.results import CounterRow
from clientprof.model.run import Counter, OriginTruth, Run
from recordings import control_run

PER_1000 = "per_1000_requests"


def truth(*, by_server: int = 0, by_client: int = 0, answers: int | None = None, handshakes: int = 0) -> OriginTruth:
    """Of 2,000 requests."""
    return OriginTruth(
        by_server + by_client, handshakes, 0, 2_000, 1, 1, 1, 64,
        closed_by_server=by_server, closed_by_client=by_client, answers_per_connection=answers,
    )  # fmt: skip


def rows_with(found: OriginTruth, *counters: Counter) -> dict[str, CounterRow]:
    run = control_run()
    run = Run(replace(run.facts, origin=found, counters=counters), run.columns)
    return {row.name: row for row in counter_rows(run, run)}


@pytest.mark.parametrize(
    ("found", "needed"),
    [
        (truth(by_server=43, by_client=1_353, answers=10), 100.0),  # hardly any connection came to its tenth answer
        (truth(by_server=190, answers=10), 100.0),
        (truth(by_server=210, answers=10), 105.0),  # those half used when the rounds began
        (truth(by_server=12), 6.0),  # idle ones
        (truth(by_client=2_000), 0.0),
    ],
)
def test_as_many_connections_are_needed_as_the_server_would_end_if_the_client_closed_none(
    found: OriginTruth, needed: float
) -> None:
    rows = rows_with(found)
    for name in ("accepted", "opened"):
        assert rows[f"connections_{name}_{PER_1000}"].expected == needed


def test_each_needed_connection_may_have_its_handshake_and_its_connect() -> None:
    found = truth(by_server=200, answers=10, handshakes=200)
    names = ("connects", "connections_created", "handshakes", "handshake_steps")
    rows = rows_with(found, *(Counter(name, 200, 2_000, "", 0.0) for name in names))
    assert rows[f"handshakes_{PER_1000}"].expected == 100.0
    assert (rows[f"connects_{PER_1000}"].value, rows[f"connects_{PER_1000}"].expected) == (100.0, 100.0)
    assert rows["connections_created_per_request"].expected == 0.1
    assert rows["handshakes_per_request"].expected == 0.1
    assert rows["handshake_steps_per_request"].expected is None  # several each, depending on the engine


def test_where_the_server_closes_nothing_no_connection_is_expected() -> None:
    rows = rows_with(truth(), Counter("connects", 3, 2_000, "", 0.0), Counter("handshake_steps", 3, 2_000, "", 0.0))
    assert rows[f"connects_{PER_1000}"].expected == 0.0
    assert rows["handshake_steps_per_request"].expected == 0.0


def test_what_the_client_closed_is_a_count_of_its_own_and_none_is_expected() -> None:
    name = f"connections_closed_by_client_{PER_1000}"
    row = rows_with(truth(by_server=43, by_client=1_353, answers=10))[name]
    assert (row.value, row.expected) == (676.5, 0.0)
    assert name not in rows_with(truth(by_server=200, answers=10))


def test_without_the_ledger_the_origin_tells_both_counts_of_the_control_run() -> None:
    run = control_run()
    facts = replace(run.facts, origin=truth(by_server=43, by_client=1_353, answers=10))
    rows = {row.name: row for row in counter_rows(None, None, Run(facts, run.columns))}
    assert rows[f"connections_accepted_{PER_1000}"].expected == 100.0
    assert rows[f"connections_closed_by_client_{PER_1000}"].value == 676.5
