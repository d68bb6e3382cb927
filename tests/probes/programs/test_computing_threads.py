"""Other threads that compute are noted at the function of the program that they are in; those that wait are not."""

import sys
import threading
import time
from pathlib import Path

import pytest

from clientprof.clients.programs import CLIENT_PACKAGES
from clientprof.experiments.programs.name_tables import NameTables
from clientprof.experiments.programs.raw_process import RawProcess
from clientprof.probes.failures import Failures
from clientprof.probes.programs.lanes import LaneBook
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sampled import computing_threads
from clientprof.probes.programs.sampled.computing_threads import ComputingThreads
from clientprof.probes.programs.sites import Sites


def test_a_thread_that_computes_is_noted_with_its_function_and_its_cpu(tmp_path: Path) -> None:
    names = Names()
    lane = LaneBook(str(tmp_path), names, Failures().remove).take("asyncio")
    computing = ComputingThreads(names, Sites(names, tuple(CLIENT_PACKAGES)))
    enough, rounds = threading.Event(), []

    def aggregates() -> None:
        while not enough.is_set():
            rounds.append(sum(range(1000)))

    def waits() -> None:
        enough.wait(30)

    threads = [threading.Thread(target=target) for target in (aggregates, waits)]
    for thread in threads:
        thread.start()
    began_ns = time.perf_counter_ns()
    computing.look(lane, began_ns)
    before = len(rounds)
    while len(rounds) < before + 2000:
        time.sleep(0.001)
    # As if they had been looked at twice in a millisecond: however busy the machine, it computed for a tenth of that.
    computing.look(lane, began_ns + 1_000_000)
    enough.set()
    for thread in threads:
        thread.join()
    computing.look(lane, began_ns + 2_000_000)

    (rows,) = (each for each in lane.kept if each.group == "computing")
    columns = rows.take()
    places = [names.keys("gate")[number] for number in columns["computing.gate"]]
    assert [(place[2].rpartition(".")[2], place[3]) for place in places] == [("aggregates", "the interpreter")]
    assert columns["computing.cpu_ns"][0] >= 100_000
    tables = NameTables()
    tables.add(RawProcess("1", "first", None, 0, {}, 0, "stopped", [], {"gate": list(map(list, places))}, {}))
    assert [(gate.what, gate.threads, gate.inside) for gate in tables.gates] == [("the interpreter", 0, False)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such clocks")
def test_the_clock_of_a_thread_is_that_of_pthreads_and_none_once_it_has_ended() -> None:
    enough = threading.Event()
    thread = threading.Thread(target=enough.wait, args=(30,))
    thread.start()
    assert thread.ident is not None
    assert thread.native_id is not None
    clock = computing_threads.clock_of(thread.native_id)
    assert clock == time.pthread_getcpuclockid(thread.ident)
    enough.set()
    thread.join()
    # The kernel lets go of the thread a moment after Python has.
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            time.clock_gettime_ns(clock)
        except OSError:
            return
        time.sleep(0.01)
    pytest.fail("the clock of a thread that has ended still goes")
