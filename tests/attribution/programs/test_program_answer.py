"""The one sentence about a program: what limits it while requests are in flight, and nothing that contradicts itself."""

from dataclasses import replace

import pytest

from clientprof.attribution.programs.answer.program_answer import Grounds, answer_of, limiting_holder
from clientprof.attribution.programs.gates import NOT_GATED, Gated
from clientprof.clients.programs import OBSERVED
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.model.programs.recording import ClientName, Gate
from clientprof.model.programs.results import (
    Answer,
    GateResult,
    HeldConnections,
    Holder,
    Limit,
    LoopResult,
    ProgramPhase,
    SiteResult,
)
from clientprof.model.programs.threads import ThreadTime, ThreadUse
from clientprof.model.results import Latency

NOBODY = Latency(None, None, None, None)


def phase(kind: Phase, wall: float, cpu: float = 0.0, ready: float = 0.0) -> ProgramPhase:
    return ProgramPhase(str(kind), wall, cpu, ready, wall - cpu - ready)


def answered(
    *phases: ProgramPhase,
    busy: float = 0.1,
    in_flight: float | None = None,
    held: tuple[HeldConnections, ...] = (),
    holders: tuple[Holder, ...] = (),
    gates: Gated = NOT_GATED,
    threads: ThreadUse | None = None,
    transport: str | None = None,
) -> Answer:
    """The answer about ten requests of one call site with these phases, on a loop that was so busy."""
    wall = sum(row.wall_us for row in phases)
    client = ClientName("httpx", "1", blocking=False)
    site = SiteResult("app.py", 7, "asks", (), client, None, 10, 0, {}, 1.0, wall, NOBODY, phases, 10, 0)
    loop = LoopResult(0, "MainThread", "asyncio", busy, 1.0, None, busy_share_in_flight=in_flight)
    return answer_of(
        Grounds(10, [site], phases, [loop], holders, held, threads=threads, gated=gates, transport=transport)
    )


def gated(tasks: float, in_flight: float) -> Gated:
    return Gated((GateResult(Gate("app.py", 9, "asks", "asyncio.Lock"), tasks, 30, 16, 16),), in_flight)


@pytest.mark.parametrize(("tasks", "in_flight", "said"), [(20.0, 4.0, True), (3.0, 4.0, False), (0.9, 0.1, False)])
def test_a_gate_of_the_program_is_told_where_more_wait_there_than_are_in_flight(
    tasks: float, in_flight: float, said: bool
) -> None:
    sentence = answered(phase(Phase.WAIT, 900), gates=gated(tasks, in_flight)).sentence
    told = "While 4.0 requests are in flight on average, 20.0 tasks wait for `asyncio.Lock` in `asks` (app.py:9)"
    assert (told in sentence) is said
    assert ("tasks wait" in sentence) is said


@pytest.mark.parametrize(
    ("what", "helps"),
    [
        ("asyncio.Lock", "Hold it for less time."),
        ("aiolimiter.AsyncLimiter", "If the server bears more, let more through there at once."),
    ],
)
def test_what_each_request_waits_at_a_gate_is_told_with_what_helps(what: str, helps: str) -> None:
    row = GateResult(Gate("app.py", 9, "asks", what), 20.0, 30, 16, 16)
    sentence = answered(phase(Phase.WAIT, 900), gates=Gated((row,), 4.0, 0.01)).sentence
    assert (
        f"in `asks` (app.py:9), before they make theirs: about 200 ms for each request of the program. {helps}"
        in sentence
    )


@pytest.mark.parametrize(("left", "said"), [(10, True), (11, False)])
def test_tasks_that_go_on_without_a_request_of_their_own_do_not_wait_to_make_one(left: int, said: bool) -> None:
    """Ten requests, and a lock of a cache that more tasks than that have passed."""
    row = GateResult(Gate("app.py", 9, "asks", "asyncio.Lock"), 20.0, 30, 16, 16, left)
    sentence = answered(phase(Phase.WAIT, 900), gates=Gated((row,), 4.0, 0.01, 10)).sentence
    assert ("before they make theirs" in sentence) is said


@pytest.mark.parametrize(("threads", "said"), [(6, True), (0, False)])
def test_beside_a_busy_loop_only_those_that_wait_for_threads_are_told(threads: int, said: bool) -> None:
    row = GateResult(Gate("app.py", 3, "fetch", "a thread", threads), 57.2, 59, 16, 16)
    held = Estimate(1.0, None, None, "s", 90)
    computes = Holder("app.py", 7, "asks", "app", Layer.APP, held, 0.9, 0.9, None, 800.0, steps=40)
    answer = answered(phase(Phase.LOOP, 900), busy=0.98, holders=(computes,), gates=Gated((row,), 5.8))
    assert answer.limit is Limit.CPU
    assert ("57.2" in answer.sentence) is said


@pytest.mark.parametrize(("processes", "first"), [(1, "imports"), (4, "parses")])
def test_what_each_process_does_once_at_its_start_is_not_what_holds_the_loops(processes: int, first: str) -> None:
    loops = [LoopResult(number, "MainThread", "asyncio", 0.98, 1.0, None) for number in range(processes)]
    held = Estimate(1.0, None, None, "s", 90)
    starts = Holder("app.py", 1, "imports", "app", Layer.APP, held, 0.6, 0.6, None, 0.0, steps=4)
    works = Holder("app.py", 7, "parses", "app", Layer.APP, held, 0.3, 0.3, None, 800.0, steps=400)
    found = limiting_holder(loops, [starts, works])
    assert found is not None
    assert found.function == first


def test_calls_that_wait_for_a_thread_are_told_with_what_the_threads_do() -> None:
    pool = GateResult(Gate("app.py", 3, "fetch", "a thread", 6), 57.2, 59, 16, 16)
    sentence = answered(phase(Phase.WAIT, 900), gates=Gated((pool,), 5.8)).sentence
    assert (
        "57.2 calls wait for one of 6 threads, most of which are in `fetch` (app.py:3). If the server bears" in sentence
    )


@pytest.mark.parametrize(
    ("tasks", "taken"), [(3, "for one of 3 tasks, in `works`"), (1, "for the only task that takes from it, in `works`")]
)
def test_items_in_a_queue_wait_for_the_tasks_that_take_them(tasks: int, taken: str) -> None:
    queue = GateResult(Gate("app.py", 3, "works", "asyncio.Queue", workers=tasks), 57.2, 59, 16, 16)
    sentence = answered(phase(Phase.WAIT, 900), gates=Gated((queue,), 2.8)).sentence
    assert f"57.2 items wait in `asyncio.Queue` {taken} (app.py:3). If the server bears more," in sentence


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        (
            Gate("app.py", 3, "works", "queue.Queue", threads=4, workers=4),
            "57.2 items wait in `queue.Queue` for one of 4 threads, in `works` (app.py:3). If the server bears more, let "
            "more threads take from it.",
        ),
        (
            Gate("app.py", 3, "works", "queue.Queue", threads=1, workers=1),
            "57.2 items wait in `queue.Queue` for the only thread that takes from it, in `works` (app.py:3).",
        ),
        (
            Gate("app.py", 3, "asks", "threading.Semaphore"),
            "57.2 threads wait for `threading.Semaphore` in `asks` (app.py:3), before they make theirs.",
        ),
        (Gate("app.py", 3, "asks", "queue.Queue"), "57.2 threads wait for room in `queue.Queue` in `asks` (app.py:3):"),
    ],
)
def test_what_waits_in_threads_is_told_of_threads(gate: Gate, said: str) -> None:
    row = GateResult(gate, 57.2, 59, 16, 16)
    assert said in answered(phase(Phase.WAIT, 900), gates=Gated((row,), 2.8)).sentence


def test_a_program_that_reads_slowly_is_told_which_threads_its_work_waits_for() -> None:
    pool = GateResult(Gate("etl.py", 8, "insert", "a thread", 1), 4.2, 6, 16, 16)
    sentence = answered(phase(Phase.STREAM, 900), gates=Gated((pool,), 7.5)).sentence
    assert sentence.endswith("4.2 calls wait for the only thread of a pool, which is in `insert` (etl.py:8).")


@pytest.mark.parametrize(("for_each_s", "said"), [(1e-5, False), (1e-4, True)])
def test_what_is_less_than_half_a_millisecond_at_a_gate_is_not_told(for_each_s: float, said: bool) -> None:
    row = GateResult(Gate("app.py", 9, "asks", "asyncio.Lock"), 20.0, 30, 16, 16)
    sentence = answered(phase(Phase.WAIT, 900), gates=Gated((row,), 4.0, for_each_s)).sentence
    assert ("ms for each request" in sentence) is said


def test_beside_an_event_loop_nothing_is_said_of_threads_that_may_make_few_of_the_requests() -> None:
    audit = ThreadTime("app.py", 4, "audit", 5, Estimate(9.0, None, None, "s", 99), 0.1, 0.93, 16)
    use = ThreadUse(10.0, 1.0, 10.0, 16, 1, (audit,), asking_threads=16, outside_by_requests=0.93)
    assert "audit" not in answered(phase(Phase.WAIT, 900), threads=use).sentence


def test_what_happens_once_before_anybody_waits_does_not_hold_the_loop() -> None:
    """A client is built, and its imports and certificates take a second."""
    held = Estimate(1.0, None, None, "s", 90)
    starts = Holder("app.py", 3, "main", "app", Layer.TLS, held, 0.9, 0.4, None, 0.0, steps=1)
    asks = Holder("app.py", 7, "asks", "app", Layer.IO, held, 0.9, 0.2, None, 800.0, steps=40)
    sentence = answered(phase(Phase.LOOP, 900, ready=800), busy=0.98, holders=(starts, asks)).sentence
    assert "20.0\u00a0% is layer io under `asks` (app.py:7)" in sentence
    again = replace(starts, steps=40)
    assert "under `main` (app.py:3)" in answered(phase(Phase.LOOP, 900), busy=0.98, holders=(again, asks)).sentence
    # Somebody waited for it.
    waited = replace(starts, blamed_us=9_000.0)
    assert "under `main` (app.py:3)" in answered(phase(Phase.LOOP, 900), busy=0.98, holders=(waited, asks)).sentence


@pytest.mark.parametrize(("low", "limit"), [(0.7, Limit.LOOP), (0.1, Limit.CPU)])
def test_what_a_few_samples_cannot_tell_is_not_said_to_stand_still(low: float, limit: Limit) -> None:
    asks = Holder(
        "app.py", 7, "asks", "app", Layer.API, Estimate(1.0, low, 1.9, "s", 8), 0.1, 0.5, 40.0, 900.0, steps=8
    )
    assert answered(phase(Phase.LOOP, 900, ready=800), busy=0.98, holders=(asks,)).limit is limit


def test_sleeps_and_full_queues_are_told_in_their_own_words() -> None:
    sleeps = GateResult(Gate("app.py", 3, "naps", "asyncio.sleep"), 2.7, 3, 9, 9)
    sentence = answered(phase(Phase.WAIT, 900), gates=Gated((sleeps,), 0.3)).sentence
    assert "2.7 tasks sleep (`asyncio.sleep`) in `naps` (app.py:3), between requests of theirs." in sentence
    full = GateResult(Gate("app.py", 5, "hands_over", "asyncio.Queue"), 17.0, 20, 9, 9)
    sentence = answered(phase(Phase.WAIT, 900), gates=Gated((full,), 0.9)).sentence
    assert "17.0 tasks wait for room in `asyncio.Queue` in `hands_over` (app.py:5)" in sentence


def test_making_connections_is_told_with_the_part_of_it_that_takes_most() -> None:
    slow_names = answered(phase(Phase.DNS, 9_000), phase(Phase.CONNECT, 500), phase(Phase.WAIT, 500)).sentence
    assert "9.5 of its 10.0 ms on making a connection, 9.0 ms of it on looking up the server's name." in slow_names
    pool = GateResult(Gate("app.py", 6, "thumbnail", "a thread", 6), 9.0, 18, 4, 4)
    busy_threads = answered(phase(Phase.DNS, 9_000), phase(Phase.WAIT, 500), gates=Gated((pool,), 9.9)).sentence
    assert "9.0 calls wait for one of 6 threads, most of which are in `thumbnail` (app.py:6)." in busy_threads
    in_line = answered(phase(Phase.DNS, 9_000, ready=2_000), phase(Phase.WAIT, 1_000)).sentence
    assert "7.0 of its 10.0 ms on making a connection, 7.0 ms of it on looking up" in in_line
    far_away = answered(phase(Phase.DNS, 500), phase(Phase.CONNECT, 9_000), phase(Phase.WAIT, 500)).sentence
    assert "9.5 of its 10.0 ms on making a connection. Meanwhile" in far_away


@pytest.mark.parametrize("kind", [Phase.PREPARE, Phase.RELEASE])
def test_a_backoff_or_a_hook_is_no_wait_for_the_server(kind: Phase) -> None:
    answer = answered(phase(kind, 7_000, 500), phase(Phase.WAIT, 3_000))
    assert answer.limit is Limit.UNKNOWN
    said = f"A request waits 6.5 of its 10.0 ms for neither a connection nor the network (phase {kind})"
    assert answer.sentence.startswith(said)
    assert answered(phase(kind, 7_000, 500), phase(Phase.WAIT, 8_000)).limit is Limit.SERVER
    # Standing in line is a wait for the loop, and what nobody saw is none.
    assert answered(phase(kind, 7_000, ready=6_000), phase(Phase.WAIT, 3_000)).limit is Limit.LOOP
    unseen = ProgramPhase(str(kind), 7_000, None, None, None)
    assert answered(unseen, phase(Phase.WAIT, 3_000)).limit is Limit.SERVER


def test_what_leaves_no_mark_may_be_a_cache_or_an_unknown_version() -> None:
    answer = answered(phase(Phase.UNATTRIBUTED, 9_000, 1_000, ready=500))
    assert answer.limit is Limit.UNKNOWN
    assert answer.sentence.startswith("A request waits 7.5 of its 9.0 ms for something that leaves no mark: a cache")


@pytest.mark.parametrize("kind", [Phase.UNATTRIBUTED, Phase.PREPARE])
def test_a_transport_of_another_kind_is_named_where_the_wait_may_be_its_own(kind: Phase) -> None:
    said = "Requests go through `hishel.AsyncCacheTransport` instead of the client's own transport."
    assert said in answered(phase(kind, 9_000, 500), transport="hishel.AsyncCacheTransport").sentence
    assert "Requests go through" not in answered(phase(kind, 9_000, 500)).sentence
    assert said not in answered(phase(Phase.WAIT, 9_000), transport="hishel.AsyncCacheTransport").sentence


def in_threads(*phases: ProgramPhase, threads: ThreadUse | None = None, gil: bool = True) -> Answer:
    """The answer about ten requests with these phases, made in threads without a loop."""
    wall = sum(row.wall_us for row in phases)
    client = ClientName("requests", "1", blocking=True)
    site = SiteResult("app.py", 7, "asks", (), client, None, 10, 0, {}, 1.0, wall, NOBODY, phases, 10, 0)
    return answer_of(Grounds(10, [site], phases, [], threads=threads, gil=gil))


def test_requests_that_compute_longer_than_they_wait_do_not_wait_for_the_server() -> None:
    """Of a jar with hundreds of cookies, say."""
    prepare, wait = phase(Phase.PREPARE, 6_000, 5_500), phase(Phase.WAIT, 3_000)
    answer = in_threads(prepare, wait)
    assert answer.limit is Limit.CPU
    assert answer.sentence == "A request computes for 5.5 of its 9.0 ms, 5.5 ms of it in phase prepare."
    assert in_threads(phase(Phase.PREPARE, 2_500, 2_500), wait).limit is Limit.SERVER
    # One after the other on a loop: it is busy most of the time, and not nearly all of it.
    asks = Holder("app.py", 7, "asks", "app", Layer.API, Estimate(1.0, None, None, "s", 9), 1.0, 0.3, None, 0.0)
    on_a_loop = answered(prepare, wait, busy=0.65, holders=(asks,))
    assert on_a_loop.limit is Limit.CPU
    assert on_a_loop.sentence.endswith("in phase prepare. `asks` (app.py:7) holds the event loop longest.")


@pytest.mark.parametrize(("cpu_s", "named"), [(2.0, True), (0.01, False)])
def test_a_thread_that_gets_no_core_waits_for_other_threads_or_for_other_processes(cpu_s: float, named: bool) -> None:
    audit = ThreadTime("app.py", 4, "audit", 5, Estimate(9.0, None, None, "s", 99), cpu_s, 0.1, 1)
    use = ThreadUse(100.0, 10.0, 100.0, 1, 1, (audit,))
    answer = in_threads(phase(Phase.PREPARE, 9_000, 3_000, ready=6_000), phase(Phase.WAIT, 1_000), threads=use)
    assert answer.limit is Limit.CPU
    if named:
        assert answer.sentence.startswith(
            "A request waits 6.0 of its 10.0 ms for the interpreter or a core, which other threads or other processes have, "
            "and computes for 3.0 ms."
        )
    else:
        assert answer.sentence.startswith("A request stands still for 6.0 of its 10.0 ms, for neither a connection nor")
        assert answer.sentence.endswith("or code inside the call sleeps.")
    assert ("`audit` (app.py:4) computes most" in answer.sentence) is named
    free = in_threads(phase(Phase.PREPARE, 9_000, 3_000, ready=6_000), phase(Phase.WAIT, 1_000), threads=use, gil=False)
    assert "interpreter" not in free.sentence


def test_what_a_thread_computes_to_read_pieces_is_no_wait_for_the_server() -> None:
    stream = ProgramPhase(str(Phase.STREAM), 9_000, None, None, None, between_us=1_000, late_us=1_000, asks=5_000.0)
    answer = in_threads(stream, threads=ThreadUse(10.0, 6.0, 10.0, 1, 1, reading_cpu_s=0.06, requests=10))
    assert answer.limit is Limit.CPU
    said = "A request computes for 6.0 of its 9.0 ms, 6.0 ms of it where its client gives pieces of the body."
    assert answer.sentence == said
    reads_little = ThreadUse(10.0, 1.0, 10.0, 1, 1, reading_cpu_s=0.01, requests=10)
    assert in_threads(stream, threads=reads_little).limit is Limit.SERVER


@pytest.mark.parametrize("gil", [True, False])
def test_reads_of_threads_may_wait_for_the_interpreter_only_where_it_has_a_lock(gil: bool) -> None:
    answer = in_threads(
        phase(Phase.WAIT, 1_000),
        ProgramPhase(str(Phase.STREAM), 9_000, None, None, None, asks=5.0, between_us=0.0, late_us=0.0),
        gil=gil,
    )
    assert answer.limit is Limit.SERVER
    assert ("they wait there for each other and the interpreter" in answer.sentence) is gil


def test_what_a_thread_does_in_a_client_without_marks_is_not_known() -> None:
    """Of a version that is not known here no wait is seen: it may be the network."""
    answer = in_threads(phase(Phase.UNATTRIBUTED, 9_000, 500, ready=8_500), phase(Phase.PREPARE, 1_000, 1_000))
    assert answer.limit is Limit.UNKNOWN
    assert answer.sentence.startswith("A request waits 8.5 of its 10.0 ms for something that leaves no mark: ")


def connections(most: int, limit: int | None) -> HeldConnections:
    return HeldConnections("app.py", 7, "asks", None, 10, most, limit, 5.0, 0, None, most)


@pytest.mark.parametrize(("pool_cpu_us", "limit"), [(0.0, Limit.POOL), (900.0, Limit.SERVER)])
def test_what_a_pool_computes_is_no_wait_for_a_connection(pool_cpu_us: float, limit: Limit) -> None:
    assert answered(phase(Phase.POOL, 900, pool_cpu_us), phase(Phase.WAIT, 400)).limit is limit


def test_a_loop_that_is_idle_after_the_load_was_busy_during_it() -> None:
    price = Holder("app.py", 7, "asks", "app", Layer.POOL, Estimate(1.0, None, None, "s", 9), 1.0, 0.3, None, 0.0)
    phases = (phase(Phase.WAIT, 900), phase(Phase.LOOP, 300, ready=300))
    busy = answered(*phases, busy=0.4, in_flight=0.98, holders=(price,))
    assert busy.limit is Limit.CPU
    assert busy.sentence.startswith("The event loop is busy 98.0\u00a0% of the time in which requests are in flight.")
    assert answered(*phases, busy=0.4, in_flight=0.5, holders=(price,)).limit is Limit.SERVER


@pytest.mark.parametrize(("queued_s", "said"), [(0.6, True), (0.4, False)])
def test_a_loop_that_is_busy_for_want_of_a_core_says_so(queued_s: float, said: bool) -> None:
    held = Estimate(1.0, None, None, "s", 9)
    price = Holder("app.py", 7, "asks", "app", Layer.POOL, held, 0.3, 0.3, None, 0.0, queued_s=queued_s)
    sentence = answered(phase(Phase.LOOP, 300, ready=300), busy=0.98, holders=(price,)).sentence
    assert ("60.0\u00a0% of its busy time the loop waits for a core" in sentence) is said


def test_time_in_line_for_the_loop_counts_once() -> None:
    answer = answered(phase(Phase.WAIT, 290), phase(Phase.LOOP, 200, ready=200), phase(Phase.HEADERS, 100, ready=100))
    assert answer.limit is Limit.LOOP
    assert (
        "A request waits 0.3 of its 0.6 ms for the event loop, which is busy 10.0\u00a0% of the time" in answer.sentence
    )
    assert "idle" not in answer.sentence
    # Twice counted, it would be longer than the wait for the server.
    assert answered(phase(Phase.WAIT, 290), phase(Phase.LOOP, 200, ready=200)).limit is Limit.SERVER


def test_standing_in_line_is_neither_waiting_for_the_server_nor_for_a_connection() -> None:
    in_line = answered(phase(Phase.WAIT, 400, ready=300), phase(Phase.POOL, 400, ready=300), phase(Phase.BODY, 90))
    assert in_line.limit is Limit.LOOP


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ((connections(20, 20),), "for a free connection. All 20 that are allowed were in use (app.py:7)."),
        (
            (connections(64, 100),),
            "inside the pool, although 36 more connections were allowed: at most 64 of 100 were in use (app.py:7).",
        ),
        ((connections(64, None),), "for a connection."),
        ((), "for a connection."),
    ],
)
def test_a_wait_in_the_pool_says_whether_connections_were_short(held: tuple[HeldConnections, ...], said: str) -> None:
    answer = answered(phase(Phase.POOL, 9_000), phase(Phase.WAIT, 1_000), held=held)
    assert answer.sentence.startswith(f"A request waits 9.0 of its 10.0 ms {said}")
    assert answer.sentence.endswith("Meanwhile the event loop is idle 90.0\u00a0% of the time.")


def test_a_program_without_requests_is_told_which_clients_are_known() -> None:
    answer = answer_of(Grounds(0, (), (), ()))
    assert answer.limit is Limit.NOTHING
    for observed in OBSERVED.values():
        assert observed.module in answer.sentence
