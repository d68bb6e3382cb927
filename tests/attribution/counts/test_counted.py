"""Exact counts from runs: sums that hold, disagreements by name, differences by function."""

from clientprof.attribution.counts.counted import BYTECODES_NEED, counted
from clientprof.attribution.counts.differences import against_real, changes, totals_per_request
from clientprof.model.run import CallCount, Counter, Run, RunFacts
from clientprof.model.samples import CodeLocation

ASSIGN = CodeLocation("httpcore.pool", "Pool.assign", "httpcore/pool.py", 10, "package")
PARSE = CodeLocation("httpx.urls", "parse", "httpx/urls.py", 5, "package")
LIBRARY = CodeLocation("asyncio.locks", "Lock.acquire", "asyncio/locks.py", 7, "stdlib")


def run(numbers: dict[CodeLocation, int], passes: int = 8, requests: int = 4, lens: str = "exact-calls") -> Run:
    counter = Counter("pool_passes", passes, requests, "passes", 2.0)
    facts = RunFacts(
        client="httpx", lens=lens, arm="httpx", block=0, requests_per_round=requests, complete=True, python="3.12.1",
        codes=tuple(numbers), counters=(counter,) if lens == "exact-calls" else (),
        calls=tuple(CallCount(place.file, place.line, place.function, number) for place, number in numbers.items()),
    )  # fmt: skip
    return Run(facts, {})


def instructions(numbers: dict[CodeLocation, int]) -> Run:
    return run(numbers, lens="exact-instructions")


def test_the_client_and_the_standard_library_are_summed_apart() -> None:
    calls, executed = run({ASSIGN: 8, PARSE: 4}), instructions({ASSIGN: 800, PARSE: 40, LIBRARY: 12})
    counts = counted("c4/1k", [calls, calls], [executed, executed], ())
    assert (counts.calls, counts.bytecodes, counts.library_bytecodes) == (12, 840, 12)
    assert [(row.location, row.calls, row.bytecodes) for row in counts.functions] == [
        (LIBRARY, None, 12),
        (ASSIGN, 8, 800),
        (PARSE, 4, 40),
    ]
    assert counts.inexact == counts.notes == ()
    assert totals_per_request(counts)["pool_passes"] == 2


def test_what_two_processes_disagree_on_is_named_and_nothing_else() -> None:
    first, second = run({ASSIGN: 8, PARSE: 4}), run({ASSIGN: 9, PARSE: 4}, passes=9)
    once = [instructions({ASSIGN: 10}), instructions({ASSIGN: 10, LIBRARY: 1})]
    counts = counted("c4/1k", [first, second], once, ())
    assert counts.inexact == (
        "pool_passes",
        "calls of httpcore.pool.Pool.assign",
        "bytecodes of asyncio.locks.Lock.acquire",
    )


def test_without_bytecodes_the_counts_say_which_python_has_them() -> None:
    counts = counted("c4/1k", [run({ASSIGN: 8})], [], ())
    assert (counts.bytecodes, counts.notes) == (None, (BYTECODES_NEED,))
    assert "bytecodes" not in counts.totals()
    unasked = counted("c4/1k", [run({ASSIGN: 8})], None, ())
    assert (unasked.bytecodes, unasked.notes) == (None, ())


def test_changes_follow_a_function_whose_lines_moved_and_leave_out_what_is_the_same() -> None:
    moved = CodeLocation("httpx.urls", "parse", "httpx/urls.py", 99, "package")
    base = counted("c4/1k", [run({ASSIGN: 8, PARSE: 4})], [], ())
    same = counted("c8/1k", [run({ASSIGN: 16, moved: 8}, requests=8)], [], ())
    assert changes(same, base) == ()
    more = counted("c4/1k", [run({ASSIGN: 12, moved: 4})], [], ())
    (change,) = changes(more, base)
    assert (change.location, change.calls, change.other_calls) == (ASSIGN, 3, 2)


def test_the_real_lens_is_held_against_it_by_request() -> None:
    counts = counted("c4/1k", [run({ASSIGN: 8, PARSE: 4})], [], ())
    real = run({ASSIGN: 40, PARSE: 16}, passes=40, requests=16)
    found = against_real(counts, real)
    assert [(row.name, row.counted, row.other) for row in found.rows] == [("calls", 3, 3.5), ("pool_passes", 2, 2.5)]
    assert [(row.location, row.calls, row.other_calls) for row in found.functions] == [(ASSIGN, 2, 2.5)]
