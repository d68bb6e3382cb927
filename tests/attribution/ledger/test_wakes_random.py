"""When a response was there to be read: never before the server wrote it, never after it was read."""

from hypothesis import given
from hypothesis import strategies as st

from clientprof.attribution.ledger.exchange_events import blocked_selects, wake_times
from clientprof.attribution.ledger.readiness import ready_since
from clientprof.model.run import StepOwner
from recordings import columns, exchanges, run_of

LOOP = int(StepOwner.LOOP)
# One turn of the loop: how long the select took, whether it might block, and the reads after it: (exchange, how long).
reads = st.lists(st.tuples(st.integers(-1, 7), st.integers(1, 50_000)), max_size=4)
turns = st.lists(st.tuples(st.integers(1, 90_000), st.booleans(), reads), min_size=1, max_size=12)
written = st.lists(st.integers(0, 700_000), min_size=8, max_size=8)
Turns = list[tuple[int, bool, list[tuple[int, int]]]]


def played(loop: Turns, server: list[int]) -> tuple[object, dict[int, list[int]]]:
    now, rows, stamped = 1_000, [], []
    for select_ns, may_block, work in loop:
        rows.append((now, 0, int(StepOwner.WAIT if may_block else StepOwner.SELECT)))
        now += select_ns
        rows.append((now, 0, LOOP))
        for exchange, length in work:
            now += 10
            rows.append((now, now - 10, exchange))
            stamped.append((now, exchange, 1))
            now += length
    rows.append((now, 0, LOOP))
    by_exchange: dict[int, list[int]] = {}
    for at, exchange, _ in stamped:
        by_exchange.setdefault(exchange, []).append(at)
    run = run_of(
        exchanges(*((1, now, 0, max(0, at - 5), at) for at in server)),
        columns("step", ("started_ns", "enqueued_ns", "owner"), rows),
        columns("read", ("at_ns", "exchange", "connection"), stamped),
    )
    return run, by_exchange


@given(turns, written)
def test_a_response_wakes_between_the_server_s_write_and_its_first_read(loop: Turns, server: list[int]) -> None:
    run, reads = played(loop, server)
    for exchange, wake in wake_times(run).items():
        response = [at for at in reads[exchange] if at >= server[exchange]]
        assert server[exchange] <= wake <= min(response)


@given(turns, written)
def test_only_reads_after_the_server_s_write_have_a_wake_time(loop: Turns, server: list[int]) -> None:
    run, reads = played(loop, server)
    answered = {x for x, at in reads.items() if x >= 0 and server[x] > 0 and max(at) >= server[x]}
    assert set(wake_times(run)) == answered


@given(turns, written)
def test_readiness_is_never_later_than_the_loop_s_own_stamp(loop: Turns, server: list[int]) -> None:
    run, _ = played(loop, server)
    corrected = ready_since(run, wake_times(run)).tolist()
    stamped = run.column("step.enqueued_ns").tolist()
    assert len(corrected) == len(stamped)
    assert all(ready <= queued for ready, queued in zip(corrected, stamped, strict=True))


@given(turns)
def test_a_later_part_of_a_body_was_not_there_while_the_loop_was_blocked(loop: Turns) -> None:
    run, reads = played(loop, [1] * 8)
    ready = dict(zip(run.column("step.started_ns"), ready_since(run, wake_times(run)).tolist(), strict=True))
    for exchange, instants in reads.items():
        for at in instants[1:] if exchange >= 0 else ():
            blocked = [end for end in blocked_selects(run).tolist() if end <= at]
            assert ready[at] >= min(max(blocked, default=0), at - 10)


def test_a_session_ticket_that_comes_after_the_server_s_write_is_no_response() -> None:
    """15 ms each way: tickets of 6 handshakes come 2 ms after the responses to their first requests were written."""
    ms = 1_000_000
    steps, reads, handshakes, made, now = [], [], [], [], ms
    for exchange in range(18):
        written = now + 15 * ms
        made.append((now, written + 16 * ms, 0, written - 1, written))
        steps.append((now, 0, int(StepOwner.WAIT)))
        if exchange < 6:
            handshakes.append((now - 2, now - 1, exchange))
            steps += [(written + 2 * ms, 0, LOOP), (written + 2 * ms + 1_000, 0, int(StepOwner.WAIT))]
            reads.append((written + 2 * ms + 500, exchange, 1))
        now = written + 15 * ms
        steps.append((now, 0, LOOP))
        reads.append((now + 500, exchange, 1))
        now += ms
    run = run_of(
        exchanges(*made),
        columns("step", ("started_ns", "enqueued_ns", "owner"), [*steps, (now, 0, LOOP)]),
        columns("read", ("at_ns", "exchange", "connection"), reads),
        columns("handshake", ("started_ns", "ended_ns", "exchange"), handshakes),
    )
    wakes = wake_times(run)
    assert {wakes[number] - each[-1] for number, each in enumerate(made)} == {15 * ms}
