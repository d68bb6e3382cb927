"""What is said of threads whose time is not their requests'."""

from dataclasses import replace

import pytest

from clientprof.attribution.programs.answer.thread_answer import of_thread_use
from clientprof.model.estimate import Estimate
from clientprof.model.programs.results import Limit
from clientprof.model.programs.threads import ThreadTime, ThreadUse

WAITS = "The program waits for the network and the server: 9.0 of the 10.0 ms of a request."


def row(function: str, wall_s: float, cpu_s: float, share: float, inside: str | None = None) -> ThreadTime:
    return ThreadTime("app.py", 4, function, 5, Estimate(wall_s, None, None, "s", 99), cpu_s, share, 2, inside)


def told(use: ThreadUse) -> tuple[Limit, str]:
    found = of_thread_use(use, WAITS)
    assert found is not None
    return found


def test_threads_that_share_an_interpreter_and_compute_all_the_time_do_not_wait_for_the_server() -> None:
    parses = row("parses", 80.0, 8.0, 0.5, "html.parser.feed")
    limit, text = told(ThreadUse(9.2, 8.7, 160.0, 16, 1, (parses,), (parses,), (parses,)))
    assert limit is Limit.CPU
    assert text == (
        "16 threads that make requests compute for 8.7 of the 9.2 s in which they do something, and only one of them at a "
        "time has the interpreter. Of that, 92.0\u00a0% is in `parses` (app.py:5), in `html.parser.feed`. Their waits for "
        "the server include waits for the interpreter."
    )


def test_threads_that_compute_for_some_of_the_time_may_wait_for_a_database_meanwhile() -> None:
    """Four threads, and one function that computes for 0.15 s of each second and waits for the rest of it."""
    handles = row("handles", 39.0, 6.0, 0.97)
    use = ThreadUse(
        10.0, 6.2, 40.0, 4, 1, (handles,), (handles,), (handles,), asking_threads=4, outside_by_requests=0.97
    )
    limit, text = told(use)
    assert limit is Limit.OUTSIDE
    assert text.startswith(
        "Threads that make requests spend 97.0\u00a0% of their time outside of requests, in `handles` (app.py:5). They "
        "compute there for 6.0 of 39.0 s, and wait for the rest: for a lock, a pause, a file, a database, another thread, "
        "the interpreter, or a core. In requests, "
    )
    assert "the interpreter, or" not in told(replace(use, gil=False))[1]


def test_without_a_lock_of_the_interpreter_threads_do_not_wait_for_it() -> None:
    parses = row("parses", 80.0, 75.0, 0.9)
    use = ThreadUse(9.9, 79.0, 80.0, 8, 1, (parses,), (parses,), (parses,), gil=False)
    limit, text = told(use)
    assert limit is Limit.CPU
    assert text == (
        "8 threads that make requests compute for 79.0 of the 80.0 s in which they do something. Of that, 94.9\u00a0% is in "
        "`parses` (app.py:5)."
    )
    assert of_thread_use(replace(use, cpu_s=9.5), WAITS) is None


@pytest.mark.parametrize(("cpu_s", "threads", "processes"), [(8.9, 1, 1), (17.0, 4, 1), (17.0, 4, 4)])
def test_nothing_is_said_of_the_interpreter_where_one_thread_computes_or_more_than_one_at_a_time(
    cpu_s: float, threads: int, processes: int
) -> None:
    use = ThreadUse(9.0, cpu_s, 9.0 * threads, threads, processes, (), (), (row("parses", 9.0, 8.0, 0.9),))
    limit, text = told(use)
    assert limit is Limit.CPU
    assert "interpreter" not in text


@pytest.mark.parametrize(("cpu_s", "limit"), [(0.1, Limit.OUTSIDE), (3.0, Limit.CPU)])
def test_threads_that_are_mostly_outside_of_requests_are_told_before_these(cpu_s: float, limit: Limit) -> None:
    use = ThreadUse(10.0, cpu_s + 1, 10.0, 2, 1, (row("stores", 4.0, cpu_s, 0.4), row("logs", 1.5, 0.0, 0.15)))
    use = replace(use, asking_threads=2, outside_by_requests=0.5)
    found, text = told(use)
    assert found is limit
    assert text.startswith(
        "Threads that make requests spend 55.0\u00a0% of their time outside of requests, 72.7\u00a0% of it"
    )
    assert ("and wait for the rest" in text) is (limit is Limit.OUTSIDE)
    assert text.endswith(" In requests, t" + WAITS[1:])


@pytest.mark.parametrize("use", [
    None, ThreadUse(10.0, 3.0, 10.0, 2, 1, (row("stores", 4.0, 3.0, 0.4),), outside_by_requests=0.9),
    ThreadUse(0.05, 0.05, 0.05, 1, 1, (row("stores", 0.04, 0.04, 0.8),), (), (row("stores", 0.04, 0.04, 0.8),)),
])  # fmt: skip
def test_threads_that_mostly_make_requests_or_do_nothing_for_long_are_not_told(use: ThreadUse | None) -> None:
    assert of_thread_use(use, WAITS) is None


def test_threads_that_rarely_ask_say_nothing_of_those_that_ask_all_the_time() -> None:
    waits = row("waits", 60.0, 0.0, 0.9)
    use = ThreadUse(10.0, 1.0, 66.0, 7, 1, (waits,), asking_threads=7, outside_by_requests=0.1)
    assert of_thread_use(use, WAITS) is None
    _, text = told(replace(use, asking_threads=1, outside_by_requests=0.9))
    assert text.startswith(
        "The thread that makes most requests spends 90.0\u00a0% of its time outside of requests, in "
    )
