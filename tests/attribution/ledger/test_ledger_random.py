"""Ledgers of arbitrary columns, sense or nonsense: conserved, nothing negative, never an exception."""

from hypothesis import given
from hypothesis import strategies as st

from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.model.phases import Mark
from clientprof.model.run import RoundKind
from recordings import columns, exchanges, rounds, run_of

EXCHANGES = 4
instants = st.integers(1, 400_000)
whose = st.integers(-1, EXCHANGES)
steps = st.lists(st.tuples(instants, st.just(0) | instants | st.just(1), st.integers(-3, EXCHANGES)), max_size=25)
marks = st.lists(st.tuples(instants, whose, st.sampled_from([*Mark]).map(int)), max_size=25)
writes = st.lists(st.tuples(instants, whose), max_size=8)
reads = st.lists(st.tuples(instants, whose), max_size=8)
bounds = st.lists(st.tuples(instants, instants).map(sorted), min_size=EXCHANGES, max_size=EXCHANGES)
stamps = st.lists(st.tuples(st.just(0) | instants, instants).map(sorted), min_size=EXCHANGES, max_size=EXCHANGES)


@given(steps, marks, writes, reads, bounds, stamps, st.booleans())
def test_any_columns_give_a_conserved_ledger(
    loop: list[tuple[int, int, int]],
    stamped: list[tuple[int, int, int]],
    written: list[tuple[int, int]],
    read: list[tuple[int, int]],
    bound: list[list[int]],
    server: list[list[int]],
    failing: bool,
) -> None:
    # Reads start their step, as the transport stamps them.
    loop = sorted([*loop, *((at, 0, exchange) for at, exchange in read)])
    first, last = (loop[0][0], loop[-1][0]) if loop else (0, 0)
    run = run_of(
        rounds((RoundKind.MEASURED, 0, EXCHANGES, first, last)),
        exchanges(*((*b, int(failing and n == 1), *s) for n, (b, s) in enumerate(zip(bound, server, strict=True)))),
        columns("step", ("started_ns", "enqueued_ns", "owner"), loop),
        columns("mark", ("at_ns", "exchange", "kind"), stamped),
        columns("write", ("started_ns", "ended_ns", "exchange", "connection"), ((at, at, x, 1) for at, x in written)),
        columns("read", ("at_ns", "exchange", "connection"), ((at, x, 1) for at, x in sorted(read))),
        error_types=("ReadError",),
    )
    ledger = build_ledger(run)
    if ledger is None:
        assert len(loop) < 2
        return
    ledger.self_check()
    assert all(us >= 0 for us in ledger.loop_busy_us.values())
    # Without steps nobody knows what the loop did, nor in which state a request was.
    known = len(loop) >= 2
    assert (ledger.loop_idle_us is not None) == known
    assert all((row.states_us is not None) == known for row in ledger.phases)
    inside = sum(sum(row.states_us[:2]) for row in ledger.phases if row.states_us is not None)
    assert inside <= ledger.wall_us + 1e-6
