"""What is written where two calls of a connection are of one exchange, and the thread does something else between them."""

import asyncio
from pathlib import Path
from time import perf_counter_ns, thread_time_ns

from clientprof.model.run import Blocking
from watched_process import WatchedProcess


def test_the_time_between_two_calls_of_an_exchange_is_a_pause_with_what_was_computed_in_it(tmp_path: Path) -> None:
    process = WatchedProcess(tmp_path, lambda setting, patches: None)
    exchanges = process.exchanges
    exchanges.running_loop = asyncio._get_running_loop
    opened = exchanges.begin(0, True, None)
    assert opened is not None
    exchanges.paused(opened)
    before = perf_counter_ns(), thread_time_ns()
    while not (thread_time_ns() > before[1] and perf_counter_ns() > before[0]):
        pass
    after = perf_counter_ns(), thread_time_ns()
    exchanges.goes_on(opened)
    exchanges.returned(opened, None)
    exchanges.end(opened, opened.returned_ns)
    process.book.flush_all("exit")
    assert process.rows("window", "span.kind") == [Blocking.PAUSE]
    for clock, cpu in enumerate(("", "cpu_")):
        (since,), (until,) = (process.rows("window", f"span.{end}_{cpu}ns") for end in ("started", "ended"))
        assert since <= before[clock] < after[clock] <= until
