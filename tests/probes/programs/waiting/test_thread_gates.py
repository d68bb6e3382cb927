"""What waits beside threads is counted where they ask: calls for a pool, items in a queue, threads at a semaphore."""

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clientprof.probes.failures import Failures
from clientprof.probes.programs.lanes import FLUSH_NS, LaneBook
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import Sites
from clientprof.probes.programs.waiting.pools import Pools
from clientprof.probes.programs.waiting.thread_gates import ThreadGates
from clientprof.probes.stack_walks import frames_of_others

Seen = dict[tuple[str, str, int, int], int]
WAIT_S = 30
for_all: queue.Queue[int] = queue.Queue()


ONE = SimpleNamespace(ident=1, exchange=-1)


class Looking:
    """``ThreadGates`` with a lane, and threads that ask: they stand in ``asks`` until ``enough``."""

    def __init__(self, folder: Path) -> None:
        self.names, self.failures = Names(), Failures()
        self.book = LaneBook(str(folder), self.names, self.failures.remove)
        sites = Sites(self.names, ())
        self.asked_at: dict[int, tuple[str, int, str]] = {}
        self.pools = Pools(sites, lambda: self.asked_at)
        self.gates = ThreadGates(self.names, sites, self.failures, self.pools)
        self.enough = threading.Event()
        self.idle = False
        self._asking: list[int] = []
        self._change = threading.Condition()

    def asks(self, *_: object) -> None:
        """A request that takes long."""
        with self._change:
            self._asking.append(threading.get_ident())
            self._change.notify_all()
        self.enough.wait(WAIT_S)

    get = asks

    def seen(self, asking: int, ready: Callable[[], bool] = lambda: True) -> Seen:
        """How many wait by function, what for, threads and takers, once so many ask; then these go on."""
        try:
            with self._change:
                assert self._change.wait_for(lambda: len(self._asking) >= asking, WAIT_S)
            while not ready():
                time.sleep(0.001)
            self.gates._due_ns = 1
            threads = [SimpleNamespace(ident=ident, exchange=-1 if self.idle else 0) for ident in self._asking]
            self.gates.look(self.book.threads, frames_of_others(), threads)
        finally:
            self.enough.set()
        rows = [rows for rows in self.book.threads.kept if rows.group == "gate"]
        columns = rows[0].take() if rows else {}
        found = dict(zip(columns.get("gate.gate", ()), columns.get("gate.tasks", ()), strict=True))
        found.pop(-1, None)
        keys = self.names.keys("gate")
        assert not self.failures.notes
        return {
            (keys[row][2].rpartition(".")[2], keys[row][3], keys[row][4], keys[row][8]): n for row, n in found.items()
        }


@pytest.fixture
def looking(tmp_path: Path) -> Looking:
    return Looking(tmp_path)


def test_calls_for_the_threads_of_an_executor_are_counted_where_its_threads_ask(looking: Looking) -> None:
    def fetch(number: int) -> None:
        looking.get(number)  # as a function would name it that takes from a queue, which the pool has

    with ThreadPoolExecutor(3) as pool:
        pool.map(fetch, range(10))
        assert looking.seen(3) == {("asks", "a thread", 3, 0): 7}


def test_calls_for_the_threads_of_multiprocessing_s_pool_are_counted(looking: Looking) -> None:
    with ThreadPool(3) as pool:
        made = pool.imap_unordered(looking.asks, range(10))
        inside: Any = pool
        assert looking.seen(3, lambda: inside._inqueue.qsize() == 7) == {("asks", "a thread", 3, 0): 7}
        list(made)


def test_a_pool_whose_threads_are_mostly_outside_of_requests_is_not_what_is_waited_for(looking: Looking) -> None:
    looking.idle = True
    with ThreadPoolExecutor(3) as pool:
        pool.map(looking.asks, range(10))
        assert looking.seen(3) == {}


def test_a_pool_whose_threads_ask_nothing_is_none_of_the_program_s_requests(looking: Looking) -> None:
    threading.Thread(target=looking.asks).start()
    with ThreadPoolExecutor(1) as pool:
        pool.map(lambda _: looking.enough.wait(WAIT_S), range(5))
        assert looking.seen(1) == {}


def test_where_a_loop_s_looks_tell_of_the_pools_those_at_threads_do_not(looking: Looking) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.map(looking.asks, range(5))
        assert looking.pools.beside_a_loop(sys.maxsize)
        assert looking.seen(1) == {}


@pytest.mark.parametrize(("before_ns", "seen"), [((), 0), ((10_000_000_000,), 1)], ids=["a first loop", "short loops"])
def test_where_a_loop_begins_to_run_its_looks_are_waited_for_but_not_again_and_again(
    looking: Looking, before_ns: tuple[int, ...], seen: int
) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.map(looking.asks, range(5))
        now_ns = time.perf_counter_ns()
        for ago_ns in (*before_ns, 0):
            looking.pools.loop_runs(now_ns - ago_ns)
        assert len(looking.seen(1)) == seen


def test_a_pool_that_was_given_a_client_s_function_is_told_where_its_requests_are_made(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sites, "own_frames", lambda *_: iter(()))  # as where the threads are in a package's code alone
    with ThreadPoolExecutor(2) as pool:
        pool.map(looking.asks, range(5))
        with looking._change:
            assert looking._change.wait_for(lambda: len(looking._asking) == 2, WAIT_S)
        looking.asked_at = dict.fromkeys(looking._asking, ("app.py", 41, "main.fetches"))
        assert looking.seen(2) == {("fetches", "a thread", 2, 0): 3}


class Crawler:
    """Its queue is an attribute, and so is what it asks with."""

    def __init__(self, looking: Looking, found: Any) -> None:
        self.looking, self.found = looking, found

    def crawls(self, *_: object) -> None:
        self.found.get()
        self.looking.asks()


class Worker(threading.Thread):
    def __init__(self, looking: Looking, addresses: Any) -> None:
        super().__init__()
        self.looking, self.addresses = looking, addresses

    def run(self) -> None:
        self.addresses.get()
        self.looking.asks()


def worker(looking: Looking, addresses: Any) -> None:
    addresses.get()
    looking.asks()


def in_a_closure(looking: Looking, addresses: Any) -> Callable[[], None]:
    def takes() -> None:
        addresses.get()
        looking.asks()

    return takes


MAKES: dict[str, Callable[[Looking, Any], threading.Thread]] = {
    "worker": lambda looking, addresses: threading.Thread(target=worker, args=(looking, addresses)),
    "crawls": lambda looking, addresses: threading.Thread(target=Crawler(looking, addresses).crawls),
    "run": Worker,
    "takes": lambda looking, addresses: threading.Thread(target=in_a_closure(looking, addresses)),
}


@pytest.mark.parametrize("function", MAKES)
@pytest.mark.parametrize("kind", [queue.Queue, queue.PriorityQueue, queue.SimpleQueue])
def test_items_wait_for_threads_that_were_given_the_queue(function: str, kind: Any, looking: Looking) -> None:
    addresses = kind()
    for number in range(10):
        addresses.put(number)
    for _ in range(3):
        MAKES[function](looking, addresses).start()
    assert looking.seen(3) == {(function, f"queue.{kind.__name__}", 3, 3): 7}


def test_the_queue_may_be_a_keyword_or_in_a_partial(looking: Looking) -> None:
    addresses: queue.Queue[int] = queue.Queue()
    for number in range(10):
        addresses.put(number)
    threading.Thread(target=partial(worker, looking), kwargs={"addresses": addresses}).start()
    threading.Thread(target=partial(worker, looking, addresses)).start()
    assert looking.seen(2) == {("worker", "queue.Queue", 2, 2): 8}


def test_the_queue_may_stand_in_the_module(looking: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    def takes() -> None:
        for_all.get()
        looking.asks()

    monkeypatch.setitem(globals(), "for_all", queue.Queue())
    for number in range(4):
        for_all.put(number)
    threading.Thread(target=takes).start()
    assert looking.seen(1) == {("takes", "queue.Queue", 1, 1): 3}


@pytest.mark.skipif(sys.version_info < (3, 13), reason="reading variables of a running function keeps them alive there")
def test_the_queue_may_be_in_a_variable_of_a_call_in_a_pool(looking: Looking) -> None:
    addresses: queue.Queue[int] = queue.Queue()
    for number in range(4):
        addresses.put(number)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            pool.submit(worker, looking, addresses)
        assert looking.seen(2) == {("worker", "queue.Queue", 2, 2): 2}


def test_what_is_only_handed_on_or_put_into_or_has_nothing_is_not_waited_for(looking: Looking) -> None:
    """Though a client's ``get`` is called beside it."""

    def puts(results: Any, empty: Any) -> None:
        empty.get()
        results.put(1)
        looking.get(results)

    results, empty = queue.Queue[int](), queue.Queue[int]()
    results.put(1)
    empty.put(1)
    threading.Thread(target=puts, args=(results, empty)).start()
    assert looking.seen(1) == {}


def test_an_attribute_of_another_name_is_another_queue(looking: Looking) -> None:
    def works(mine: Any) -> None:
        mine.todo.get()
        looking.get(mine)

    mine = SimpleNamespace(todo=queue.Queue[int](), done=queue.Queue[int]())
    for number in range(9):
        mine.todo.put(number)
        mine.done.put(number)
    threading.Thread(target=works, args=(mine,)).start()
    assert looking.seen(1) == {("works", "queue.Queue", 1, 1): 8}


def test_no_code_of_the_program_runs_in_a_look(looking: Looking) -> None:
    ran: list[str] = []

    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            ran.append(name)
            return super().__getattribute__(name)

    class Addresses(queue.Queue[int], metaclass=Meta):
        def __getattribute__(self, name: str) -> Any:
            ran.append(name)
            return super().__getattribute__(name)

        def _qsize(self) -> int:
            ran.append("_qsize")
            return super()._qsize()

    addresses = Addresses()
    for number in range(4):
        addresses.put(number)
    thread = MAKES["worker"](looking, addresses)
    thread.start()
    assert looking.seen(1, lambda: bool(ran.clear()) or True) == {("worker", "queue.Addresses", 1, 1): 3}
    assert ran == []
    thread.join()


@pytest.mark.parametrize("kind", [threading.Semaphore, threading.BoundedSemaphore])
def test_threads_at_a_semaphore_are_counted_where_others_ask(kind: Any, looking: Looking) -> None:
    def fetches() -> None:
        with few:
            looking.asks()

    few = kind(2)
    for _ in range(7):
        threading.Thread(target=fetches).start()
    waiting = few._cond._waiters
    assert looking.seen(2, lambda: len(waiting) == 5) == {("fetches", "threading.Semaphore", 0, 0): 5}


def test_threads_below_a_context_manager_are_counted_where_others_ask(looking: Looking) -> None:
    @contextmanager
    def limited() -> Iterator[None]:
        with few:
            yield

    def fetches() -> None:
        with limited():
            looking.asks()

    few = threading.Semaphore(2)
    for _ in range(7):
        threading.Thread(target=fetches).start()
    waiting = few._cond._waiters  # type: ignore[attr-defined]
    assert looking.seen(2, lambda: len(waiting) == 5) == {("limited", "threading.Semaphore", 0, 0): 5}


def test_threads_that_wait_for_room_in_a_queue_are_counted(looking: Looking) -> None:
    def hands_over(room: Any) -> None:
        if room is None:
            looking.asks()
        else:
            room.put(1)

    full = queue.Queue[int](1)
    full.put(1)
    for room in (None, full, full):
        threading.Thread(target=hands_over, args=(room,)).start()
    assert looking.seen(1, lambda: len(full.not_full._waiters) == 2) == {  # type: ignore[attr-defined]
        ("hands_over", "queue.Queue", 0, 0): 2
    }
    for _ in range(3):
        full.get()


def test_threads_that_wait_for_the_sign_of_a_job_are_not_held_up(looking: Looking) -> None:
    def works(first: bool) -> None:
        if not first:
            there.acquire()
        looking.asks()

    there = threading.Semaphore(0)
    for number in range(3):
        threading.Thread(target=works, args=(number == 0,)).start()
    assert looking.seen(1, lambda: len(there._cond._waiters) == 2) == {}  # type: ignore[attr-defined]
    there.release(2)


def test_a_thread_that_waits_for_something_else_is_none_that_asks(looking: Looking) -> None:
    def waits_for_work() -> None:
        signal.acquire()

    signal = threading.Semaphore(0)
    threading.Thread(target=waits_for_work).start()
    threading.Thread(target=looking.asks).start()
    assert looking.seen(1, lambda: len(signal._cond._waiters) == 1) == {}  # type: ignore[attr-defined]
    signal.release()


def test_a_look_comes_a_quarter_of_a_second_after_the_first_request_and_then_every_half(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [1]
    monkeypatch.setattr("clientprof.probes.programs.waiting.thread_gates.perf_counter_ns", lambda: at[0])
    looks = []
    monkeypatch.setattr(looking.gates._rows, "write", lambda *_: looks.append(at[0]))
    quarter = FLUSH_NS // 2
    for at[0] in (1, quarter, 1 + quarter, 3 * quarter, 1 + 3 * quarter):
        looking.gates.look(looking.book.threads, {}, [ONE])
    assert looks == [1 + quarter, 1 + 3 * quarter]


def test_a_look_that_fails_is_tried_again_and_then_given_up(looking: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("dictionary changed size during iteration")

    monkeypatch.setattr(looking.gates._rows, "write", fails)
    for times in range(1, 4):
        looking.gates._due_ns = 1
        looking.gates.look(looking.book.threads, {}, [ONE])
        assert bool(looking.failures.notes) is (times >= 3)
