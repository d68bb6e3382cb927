"""What looks from outside say: in a loop the rest of a step is its last look's; where threads are between their calls."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from clientprof.attribution.programs.lane import Lane, lanes_of
from clientprof.attribution.programs.loops.loop_holders import loop_holders
from clientprof.attribution.programs.loops.thread_times import ThreadLooks, thread_looks, thread_times, thread_use
from clientprof.model.layers import Layer
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.recording import Process, ProgramFacts
from clientprof.model.programs.threads import ThreadUse
from clientprof.model.recording import Recording
from clientprof.model.run import Blocking, RoundKind, Run, StepOwner
from clientprof.model.samples import CodeLocation
from recordings import boundary, code, columns, recording_of, rounds, run_of, sampled

MS = 1_000_000
BEGUN = 5_000 * MS
FACTS = ProgramFacts(("app.py",), 0, BEGUN, BEGUN + 1000 * MS, "exit", ())
PARSES = code("app", "parses", origin="app", line=3)
NAPS = code("app", "naps", origin="app", line=9)
WAITS = code("app", "waits", origin="app", line=15)
SEND = code("client.io", "send")
CONDITION = CodeLocation("threading", "Condition.wait", "threading.py", 1, "stdlib")


def loop(*, main: bool) -> Lane:
    """Two steps, of 40 ms that parse and 2 ms that send; looks at 10, 25 and, as the lock is let go of, at 41 ms."""
    codes, found = sampled(
        [[PARSES], [SEND]], [(BEGUN + at * MS, 12 * MS, stack) for at, stack in ((10, 0), (25, 0), (41, 1))]
    )
    steps = [(0, -1), (40, 0), (42, StepOwner.WAIT), (100, StepOwner.LOOP)]
    run = run_of(
        columns("step", ("started_ns", "enqueued_ns", "owner"), [(BEGUN + at * MS, 0, int(owner)) for at, owner in steps]),
        rounds((RoundKind.MEASURED, 0, 0, BEGUN, BEGUN + 100 * MS)), found,
        lens="program", loop="asyncio", codes=codes, boundaries=(boundary(PARSES, Layer.APP), boundary(SEND, Layer.IO)),
        program=LaneFacts(0, LaneKind.LOOP, "a thread", main=main, sampled=True),
    )  # fmt: skip
    (lane,) = lanes_of(recording_of(run))
    return lane


@pytest.mark.parametrize(("main", "parses_ms", "sends_ms"), [(False, 30, 1), (True, 40, 0)])
def test_a_long_step_belongs_to_its_own_looks_and_the_rest_of_a_short_one_where_looks_come_late(
    main: bool, parses_ms: float, sends_ms: float
) -> None:
    held = {row.function: row for row in loop_holders(FACTS, [loop(main=main)])}
    assert held["parses"].held_s.value == pytest.approx(parses_ms / 1e3, abs=1e-5)
    assert held["client.io.send"].held_s.value == pytest.approx(sends_ms / 1e3, abs=1e-5)
    assert (held["parses"].samples, held["parses"].steps, held["client.io.send"].samples) == (2, 1, 1)


@dataclass(frozen=True)
class Asked:
    """One request of a thread, times in milliseconds, 0 for never; ``pause`` is from when until when it stood between two
    calls, and what was computed meanwhile."""

    thread: int
    started: int
    ended: int
    returned: int = 0
    dropped: int = 0
    cpu: int = 0
    pause: tuple[int, int, int] = (0, 0, 0)

    @property
    def row(self) -> tuple[int, ...]:
        moments = (BEGUN + at * MS if at else 0 for at in (self.returned, self.dropped))
        streamed = int(self.returned > 0 and (self.ended > self.returned or self.dropped > 0))
        ended = BEGUN + self.ended * MS if self.ended >= 0 else 0
        return BEGUN + self.started * MS, ended, *moments, streamed, self.thread, (self.cpu + self.pause[2]) * MS


OPEN = -1


def threads(
    *rows: tuple[int, int, int, int, int], stacks: list[list[CodeLocation]], asked: Sequence[Asked] | None = None
) -> Run:
    """Rows are wall and CPU in milliseconds, stack, exchange and thread; a thread's follow one another. Where ``asked``
    does not say what threads ask, each does as it begins and as it ends, for no time."""
    codes, found = sampled(stacks, [])
    dwell, at = [], dict.fromkeys(range(9), BEGUN)
    for wall, cpu, stack, exchange, thread in rows:
        at[thread] += wall * MS
        dwell.append((at[thread], wall * MS, cpu * MS, stack, exchange, thread))
    names = ("at_ns", "wall_ns", "cpu_ns", "stack", "exchange", "thread")
    found["frame.line"] = array("q", [number + 40 for number in range(len(found["frame.line"]))])
    times = ("started_ns", "ended_ns", "returned_ns", "dropped_ns", "streamed", "thread", "cpu_ns")
    if asked is None:
        asked = [Asked(thread, when, when) for thread in {row[4] for row in rows} for when in (0, 1000)]
    pauses = [
        (number, *(BEGUN + at * MS for at in (since, until, 0, cpu)), int(Blocking.PAUSE))
        for number, each in enumerate(asked)
        for since, until, cpu in (each.pause,)
    ]
    spans = ("exchange", "started_ns", "ended_ns", "started_cpu_ns", "ended_cpu_ns", "kind")
    return run_of(
        columns("dwell", names, dwell), columns("exchange", times, [each.row for each in asked]), found,
        columns("span", spans, pauses),
        rounds((RoundKind.MEASURED, 0, len(asked), BEGUN, BEGUN + 1000 * MS)),
        lens="program", loop="threads", codes=codes, module_layers={"client": "io", "threading": "concurrency"},
        boundaries=tuple(boundary(each, Layer.APP) for each in codes if each.origin == "app"),
        program=LaneFacts(0, LaneKind.THREADS, "", main=False, sampled=True),
    )  # fmt: skip


def looks_of(recording: Recording) -> ThreadLooks:
    return thread_looks(lanes_of(recording))


def use_of(*runs: Run, gil: bool = True) -> ThreadUse:
    use = thread_use(
        looks_of(recording_of(*runs)), (Process(None, "first", "app.py", "3.14.0", 0, 1, "exit", gil=gil),)
    )
    assert use is not None
    return use


def test_time_between_calls_is_told_by_function_line_and_what_it_stands_still_in() -> None:
    run = threads(
        (30, 0, 0, -1, 0), (20, 5, 0, -1, 1), (10, 10, 1, -1, 0), (15, 0, 2, -1, 0),
        stacks=[[PARSES, NAPS], [PARSES], [WAITS, CONDITION]],
    )  # fmt: skip
    rows = thread_times(looks_of(recording_of(run)))
    assert [(row.function, row.line, round(row.wall_s.value, 6), row.cpu_s, row.threads, row.inside) for row in rows] == [
        ("naps", 9, 0.05, 0.005, 2, None), ("waits", 15, 0.015, 0.0, 1, "threading.Condition.wait"),
        ("parses", 3, 0.01, 0.01, 1, None),
    ]  # fmt: skip
    assert [row.at_line for row in rows] == [40, 44, 42]  # frames are written from the innermost on
    assert sum(row.share for row in rows) == pytest.approx(1)


def test_calls_of_clients_their_bodies_and_workers_without_a_task_are_left_out() -> None:
    run = threads(
        (30, 0, 0, 7, 0), (20, 0, 1, -1, 0), (10, 0, 2, -1, 0), (40, 0, 0, -1, 0),
        stacks=[[NAPS], [NAPS, SEND], [CONDITION]], asked=[Asked(0, 0, 50, returned=30), Asked(0, 100, 100)],
    )  # fmt: skip
    (row,) = thread_times(looks_of(recording_of(run)))
    assert (row.function, row.wall_s.value, row.share) == ("naps", 0.04, pytest.approx(4 / 9))


def test_what_a_client_does_with_a_body_that_is_here_is_the_programs() -> None:
    """``response.json()``, or a client that is built."""
    (row,) = thread_times(looks_of(recording_of(threads((20, 20, 0, -1, 0), stacks=[[PARSES, SEND]]))))
    assert (row.function, row.wall_s.value, row.inside) == ("parses", 0.02, "client.io.send")


def test_the_innermost_function_that_has_half_of_the_time_is_named_below() -> None:
    deep, other = code("parser", "feed"), [code("parser", f"part{number}") for number in range(3)]
    run = threads(
        *((10, 10, number, -1, 0) for number in range(3)), stacks=[[PARSES, deep, each] for each in other]
    )  # fmt: skip
    assert thread_times(looks_of(recording_of(run)))[0].inside == "parser.feed"
    run = threads((10, 10, 0, -1, 0), (30, 0, 1, -1, 0), stacks=[[PARSES, deep], [PARSES]])
    assert thread_times(looks_of(recording_of(run)))[0].inside is None


def test_an_open_response_is_no_time_outside_of_requests_and_what_is_computed_in_it_counts() -> None:
    run = threads(
        (30, 3, 0, 7, 0),
        (50, 45, 1, -1, 0),
        (20, 4, 2, -1, 0),
        stacks=[[NAPS], [NAPS, SEND], [PARSES]],
        asked=[Asked(0, 0, 80, returned=30), Asked(0, 100, 100)],
    )
    use = use_of(run)
    assert [(row.function, row.wall_s.value) for row in use.between] == [("parses", 0.02)]
    assert [(row.function, row.cpu_s) for row in use.beside] == [("naps", 0.045), ("parses", 0.004)]
    assert [(row.function, row.cpu_s) for row in use.computing] == [("naps", pytest.approx(0.048)), ("parses", 0.004)]
    assert use.computing_share == pytest.approx(0.52)


@pytest.mark.parametrize("others", [0, 3])
def test_what_calls_computed_by_their_own_count_is_not_taken_from_what_is_between_them(others: int) -> None:
    """With many threads, much of what they computed between two calls is seen only in the next one. What calls computed that
    nobody looked at, in other threads or before, has no part in it."""
    asked = [Asked(0, 0, 50, cpu=10), *(Asked(1 + n, 0, 900, cpu=400) for n in range(others)), Asked(0, 1100, 1100)]
    run = threads((50, 60, 0, 7, 0), (50, 40, 1, -1, 0), stacks=[[NAPS], [PARSES]], asked=asked)
    use = use_of(run)
    assert thread_times(looks_of(recording_of(run)))[0].cpu_s == pytest.approx(0.09)
    assert [(row.function, row.cpu_s) for row in use.computing] == [("parses", pytest.approx(0.09)), ("naps", 0.01)]
    assert (use.requests, use.for_each_us(0.09)) == (1, pytest.approx(90_000))


def test_what_is_charged_to_a_pool_between_two_tasks_is_what_ran() -> None:
    """Functions of the program and others alike; what calls compute has no part in it."""
    task, parses = code("concurrent.futures.thread", "_worker", origin="stdlib"), code("json", "loads", origin="stdlib")
    rows = (10, 30, 0, -1, 0), (10, 10, 1, -1, 0), (10, 20, 2, -1, 0), (10, 40, 3, -1, 0), (10, 5, 2, 7, 0)
    run = threads(*rows, stacks=[[task, PARSES], [task, NAPS], [task, CONDITION], [task, parses]])
    found = {row.function: row.cpu_s for row in thread_times(looks_of(recording_of(run)))}
    # 20 ms for 80 ms; what calls computed by their own count is nothing here, so that it is all theirs.
    assert found == {"parses": pytest.approx(0.0375), "naps": pytest.approx(0.0125)}


def test_cpu_whose_time_is_in_other_rows_counts_between_requests_too() -> None:
    use = use_of(threads((100, 10, 0, -1, 0), (0, 40, 1, -1, 0), stacks=[[NAPS], [PARSES]]))
    assert [(row.function, row.cpu_s) for row in use.between] == [("naps", 0.01), ("parses", 0.04)]


def test_time_between_requests_is_that_of_the_requests_of_the_threads_it_is_of() -> None:
    """Nine of ten requests are made by one thread; the other one is left out, and so is its request."""
    asked = [*(Asked(0, 10 * n, 10 * n + 1) for n in range(9)), Asked(1, 0, 1), Asked(1, 999, 999)][:10]
    use = use_of(threads((90, 45, 0, -1, 0), (1, 0, 0, -1, 1), stacks=[[PARSES]], asked=asked))
    assert use.asking_share == pytest.approx(0.9)
    assert use.between_each_us(0.045) == pytest.approx(use.for_each_us(0.045) / 0.9)


def test_what_is_computed_between_two_calls_of_a_request_is_not_the_calls() -> None:
    """``request()`` of http.client, then ``getresponse()``: that time is the request's, and the CPU is the program's."""
    rows = (20, 5, 0, 0, 0), (60, 60, 1, -1, 0), (20, 5, 0, 0, 0)
    use = use_of(threads(*rows, stacks=[[NAPS], [PARSES]], asked=[Asked(0, 0, 100, 100, cpu=10, pause=(20, 80, 60))]))
    assert not use.between
    assert [(row.function, row.cpu_s) for row in use.computing] == [
        ("parses", pytest.approx(0.06)), ("naps", pytest.approx(0.01)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("last", "outside"),
    [
        (Asked(0, 10, OPEN, returned=20), 0),
        (Asked(0, 10, OPEN), 0),
        (Asked(0, 10, OPEN, returned=20, dropped=110), 0),
        (Asked(0, 10, OPEN, returned=20, dropped=60), 50),
        (Asked(0, 10, 20, returned=20), 90),
    ],
)
def test_a_response_that_is_open_as_measuring_ends_or_was_dropped_unread_is_no_time_outside_of_requests(
    last: Asked, outside: int
) -> None:
    """A thread reads a stream of events until ``--for`` ends."""
    rows = ((20, 0, 0, 1, 0), *((10, 0, 1, -1, 0),) * 9)
    run = threads(*rows, stacks=[[NAPS], [NAPS]], asked=[Asked(0, 0, 5), last, Asked(0, 110, 110)])
    assert sum(row.wall_s.value for row in use_of(run).between) == pytest.approx(outside / 1e3)


@pytest.mark.parametrize(("returned", "between"), [(10, ["waits"]), (0, ["naps", "waits"])])
def test_a_client_that_reads_another_threads_response_is_not_outside_of_requests(
    returned: int, between: list[str]
) -> None:
    own = [Asked(1, 0, 5), Asked(1, 1000, 1000)]
    run = threads(
        (10, 0, 2, 0, 0), (80, 0, 0, -1, 1), (20, 0, 1, -1, 1), stacks=[[NAPS, SEND], [WAITS], [NAPS]],
        asked=[Asked(0, 0, 1000, returned=returned), *own],
    )  # fmt: skip
    assert [row.function for row in use_of(run).between] == between


def test_a_thread_counts_from_its_first_request_to_the_end_of_its_last_and_as_much_as_it_asks() -> None:
    """The main thread asks once, and waits for the one that asks all the time."""
    worker = [Asked(1, at, at + 9) for at in range(0, 200, 10)]
    rows = ((10, 0, 0, 0, 0), (190, 0, 1, -1, 0), *((9, 0, 0, 1, 1), (1, 0, 2, -1, 1)) * 20)
    use = use_of(threads(*rows, stacks=[[NAPS], [WAITS], [PARSES]], asked=[Asked(0, 0, 10), *worker]))
    assert [(row.function, row.threads) for row in use.between] == [("parses", 1)]
    assert (use.threads, use.asking_threads) == (2, 1)
    assert use.outside_by_requests == pytest.approx(19 / 199 * 20 / 21)


def test_threads_that_share_no_lock_compute_all_the_time_only_if_each_does() -> None:
    rows = ((100, 40, 0, -1, 0), (100, 50, 0, -1, 1))
    run = threads(*rows, stacks=[[PARSES]])
    assert (use_of(run).computing_share, use_of(run).shares_interpreter) == (pytest.approx(0.9), True)
    free = use_of(run, gil=False)
    assert (free.computing_share, free.shares_interpreter) == (pytest.approx(0.45), False)


def test_threads_that_do_something_together_are_busy_once_and_idle_workers_are_not() -> None:
    run = threads(
        (40, 40, 0, -1, 0), (20, 10, 0, -1, 1), (30, 0, 1, -1, 1), (50, 0, 1, -1, 0), stacks=[[PARSES], [CONDITION]]
    )
    use = use_of(run)
    assert (use.busy_s, use.worked_s, use.threads) == (pytest.approx(0.04), pytest.approx(0.06), 2)
    assert use.between[0].share == pytest.approx(1)
