"""A file of counts gives back the counts, reads line by line, and does not stand for what was counted elsewhere."""

from dataclasses import replace
from pathlib import Path

import pytest

from clientprof.attribution.counts.differences import changes
from clientprof.experiments.counts.baseline_file import BaselineError, read_baseline, write_baseline
from clientprof.model.counts.exact import ExactCounts, FunctionCount
from clientprof.model.provenance.measured_sources import MeasuredSource
from clientprof.model.run import Counter
from clientprof.model.samples import CodeLocation

PLACE = CodeLocation("h11._events", "Event.__init__.<locals>.<lambda>", "h11/_events.py", 10, "package")
LIBRARY = CodeLocation("asyncio.locks", "Lock.acquire", "asyncio/locks.py", 7, "stdlib")
COUNTS = ExactCounts(
    "httpx2+h11@1a2b", "c4/1k", "2.16.2", "3.12.1", {"httpx2": "2.16.2", "h11": "0.16.0@1a2b"}, 4, 40, 400, 12,
    (Counter("pool_passes", 8, 4, "passes"),),
    (FunctionCount(PLACE, "http", 40, 400), FunctionCount(LIBRARY, "concurrency", None, 12)),
    sources=(MeasuredSource("httpx2+h11@1a2b", "h11", "0.16.0", "1a2b", "commit", "c"),),
)  # fmt: skip


def test_what_is_written_is_read_again_and_held_against_another_commit(tmp_path: Path) -> None:
    file = tmp_path / "counts.json"
    write_baseline(file, [COUNTS, replace(COUNTS, scenario="c8/1k")], "httpx2+h11@1a2b")
    head = replace(COUNTS, client="httpx2+h11@3c4d", packages={"httpx2": "2.16.2", "h11": "0.17.0@3c4d"})
    (read,) = read_baseline(file, [head])
    assert read.totals() == COUNTS.totals()
    # The standard library's are not kept, function by function.
    assert changes(head, read) == ()
    (more,) = changes(replace(head, functions=(FunctionCount(PLACE, "http", 44, 400), COUNTS.functions[1])), read)
    assert (more.location, more.calls, more.other_calls) == (PLACE, 11, 10)
    assert file.read_text().count("\n") > 15
    assert [path.name for path in tmp_path.iterdir()] == ["counts.json"]


def test_counts_of_another_python_or_package_or_scenario_are_refused_with_the_difference(tmp_path: Path) -> None:
    file = tmp_path / "counts.json"
    write_baseline(file, [COUNTS], "h11")
    for head, said in (
        (replace(COUNTS, python="3.13.0"), "Python 3.12.1 there, 3.13.0 here"),
        (replace(COUNTS, packages={"httpx2": "2.17.0"}), "httpx2 2.16.2 there, 2.17.0 here"),
        (replace(COUNTS, packages={"httpx2": "2.16.2", "idna": "3.1"}), "idna missing there, 3.1 here"),
        (replace(COUNTS, scenario="c16/1k"), "has no counts of c16/1k"),
    ):
        with pytest.raises(BaselineError) as refused:
            read_baseline(file, [head])
        assert said in str(refused.value)
        assert str(refused.value).endswith("count it anew with --save-baseline")


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"schema": "other/1"}', '{"schema": "clientprof.counts-baseline/1"}']
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "counts.json"
    file.write_text(text)
    with pytest.raises(BaselineError, match=r"counts\.json is no file of counts"):
        read_baseline(file, [COUNTS])
    with pytest.raises(BaselineError, match=r"none\.json cannot be read"):
        read_baseline(tmp_path / "none.json", [COUNTS])
