"""Bounds are read as they are written, compared without rounding, and never pass on what is not known."""

from dataclasses import replace

import pytest

from clientprof.attribution.counts.bounds import BoundError, judge, parse_bound
from clientprof.model.counts.check import Kept
from clientprof.model.counts.exact import ExactCounts, FunctionCount
from clientprof.model.run import Counter
from clientprof.model.samples import CodeLocation

KNOWN = ("calls", "bytecodes", "library_bytecodes", "pool_passes", "url_parses")
ASSIGN = CodeLocation("httpcore.pool", "Pool.assign", "httpcore/pool.py", 10, "package")
PARSE = CodeLocation("httpx.urls", "parse", "httpx/urls.py", 5, "package")


def counts(calls: int = 100_000, passes: int = 200, requests: int = 100, inexact: tuple[str, ...] = ()) -> ExactCounts:
    rows = (
        FunctionCount(ASSIGN, "pool", passes, 10 * passes),
        FunctionCount(PARSE, "api", calls - passes, 5 * calls),
    )
    return ExactCounts(
        "httpx", "c100/1k", "1.0", "3.12.1", {}, requests, calls, 15 * calls, 7 * calls,
        (Counter("pool_passes", passes, requests, "passes"),), rows, inexact,
    )  # fmt: skip


def outcome(text: str, head: ExactCounts, base: ExactCounts | None = None) -> Kept:
    return judge(parse_bound(text, KNOWN), head, base).outcome


@pytest.mark.parametrize(
    ("text", "name", "operator", "number", "relative"),
    [
        ("pool passes per request <= 2", "pool_passes", "<=", "2", False),
        ("pool_passes<=2", "pool_passes", "<=", "2", False),
        ("Pool-passes == 2.5", "pool_passes", "==", "2.5", False),
        ("calls <= 1.01 x base", "calls", "<=", "1.01", True),
        ("calls < .99 * baseline", "calls", "<", ".99", True),
        ("cpu <= 1.05 x base", "cpu", "<=", "1.05", True),
    ],
)
def test_a_bound_is_read_as_it_is_written(text: str, name: str, operator: str, number: str, relative: bool) -> None:
    bound = parse_bound(text, KNOWN)
    assert (bound.name, bound.operator, bound.number, bound.relative) == (name, operator, number, relative)
    assert bound.text == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pool pases <= 2", "names nothing that is counted: there is no 'pool pases'; did you mean pool_passes"),
        ("zzz <= 2", "names nothing that is counted: there is no 'zzz'; there are bytecodes, calls,"),
        ("calls are few", "is no bound; write FIGURE <= NUMBER"),
        ("calls <= -1", "is no bound"),
        ("calls <= 1e9", "is no bound"),
        ("<= 2", "is no bound"),
        ("cpu <= 300", "times differ from machine to machine, so write cpu <= 1.05 x base"),
        ("cpu >= 1 x base", "so write cpu <= 1.05 x base"),
    ],
)
def test_what_is_no_bound_or_names_nothing_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(BoundError) as refused:
        parse_bound(text, KNOWN)
    assert said in str(refused.value)


def test_exactly_the_bound_is_kept_and_one_call_in_a_hundred_thousand_more_is_not() -> None:
    base = counts()
    for factor, calls in (("1", 100_000), ("1.01", 101_000), ("1.1", 110_000)):
        assert outcome(f"calls <= {factor} x base", counts(calls), base) is Kept.KEPT
        assert outcome(f"calls <= {factor} x base", counts(calls + 1), base) is Kept.BROKEN
        assert outcome(f"calls < {factor} x base", counts(calls), base) is Kept.BROKEN
        assert outcome(f"calls == {factor} x base", counts(calls), base) is Kept.KEPT
        assert outcome(f"calls >= {factor} x base", counts(calls - 1), base) is Kept.BROKEN
    assert outcome("pool passes <= 2", counts()) is Kept.KEPT
    assert outcome("pool passes <= 2", counts(passes=201)) is Kept.BROKEN
    # Figures are per request, however many requests a side has.
    assert outcome("calls <= 1 x base", counts(200_000, requests=200), base) is Kept.KEPT


def test_a_broken_bound_names_what_moved_it_most() -> None:
    base, head = counts(), counts(calls=100_700, passes=700)
    judged = judge(parse_bound("pool passes <= 1 x base", KNOWN), head, base)
    assert [row.location for row in judged.moved] == [ASSIGN, PARSE]
    assert (judged.value, judged.base, judged.limit) == (7, 2, 2)
    assert judged.reason == "7 per request, 2 in the base (3.5 x base); the bound is <= 2"


def test_the_calls_of_one_function_are_held_too_also_where_it_is_new() -> None:
    head = counts(passes=300)
    assert outcome("calls of httpcore.pool.Pool.assign <= 3", head) is Kept.KEPT
    assert outcome("calls of httpcore.pool.Pool.assign <= 1 x base", head, counts()) is Kept.BROKEN
    without = replace(counts(), functions=())
    assert outcome("calls of httpcore.pool.Pool.assign <= 1 x base", head, without) is Kept.BROKEN
    assert outcome("calls of httpcore.pool.Pool.assign <= 1 x base", without, head) is Kept.KEPT
    with pytest.raises(BoundError, match=r"no function httpcore\.gone ran in c100/1k"):
        outcome("calls of httpcore.gone <= 1", head, counts())


def test_what_is_not_exact_not_counted_or_without_a_base_is_not_decided() -> None:
    doubtful = counts(inexact=("calls of httpx.urls.parse",))
    assert outcome("calls <= 1 x base", doubtful, counts()) is Kept.UNDECIDED
    assert outcome("calls <= 1 x base", counts(), doubtful) is Kept.UNDECIDED
    assert outcome("pool passes <= 2", doubtful) is Kept.KEPT
    assert outcome("calls of httpx.urls.parse <= 2", doubtful) is Kept.UNDECIDED
    assert outcome("bytecodes <= 2", counts(inexact=("bytecodes of x",))) is Kept.UNDECIDED
    assert outcome("url parses <= 2", counts()) is Kept.UNDECIDED
    assert outcome("calls <= 1 x base", counts()) is Kept.UNDECIDED
