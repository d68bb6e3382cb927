"""A program that calls another host each time, in a thread of its own, does not fill its memory with their names."""

import json

import pytest

from clientprof.probes.programs import names as names_module
from clientprof.probes.programs.names import Names


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_module, "MOST", 3)


@pytest.mark.parametrize("table", ["peer", "host", "settings", "thread", "site"])
def test_names_beyond_the_most_are_unknown_and_kept_nowhere(table: str) -> None:
    names = Names()
    numbers = [names.number(table, (f"n{number}",)) for number in range(50)]
    assert numbers == [0, 1, 2] + [-1] * 47
    assert names.number(table, ("n1",)) == 1
    assert names.known(table, ("n40",)) is None
    lines = [json.loads(line) for line in names.take().splitlines()]
    assert [line[:2] for line in lines] == [[table, 0], [table, 1], [table, 2], ["note", -1]]
    assert "more than 3" in lines[-1][2][0], "it is said, once"


def test_types_of_errors_routes_and_what_is_counted_have_no_end() -> None:
    # -1 would say that nothing failed, or that there is no route.
    for table in ("error", "route", "client", "tally"):
        names = Names()
        assert [names.number(table, (number,)) for number in range(9)] == list(range(9))
