"""From rows of TLS work to what each part costs, on rows made by hand."""

from clientprof.attribution.costs.tls_costs import FEWEST_GROWN, tls_costs
from clientprof.model.costs.tls_costs import TlsWork
from clientprof.model.run import RoundKind
from recordings import columns, rounds, run_of

NAMES = ("at_ns", "cpu_ns", "exchange", "kind", "done", "round")
ROUNDS = rounds((RoundKind.WARMUP, 0, 16, 0, 10), (RoundKind.MEASURED, 16, 4, 10, 20))


def connection(exchange: int, steps_ns: tuple[int, int], *, done: int = 1, round_: int = 1) -> list[tuple[int, ...]]:
    return [
        (exchange, 5_000, exchange, TlsWork.WRAP, 1, round_),
        (exchange, steps_ns[0], exchange, TlsWork.HANDSHAKE, 0, round_),
        (exchange, steps_ns[1], exchange, TlsWork.HANDSHAKE, done, round_),
    ]


def test_the_steps_of_a_handshake_are_one_and_the_warm_up_is_left_out() -> None:
    rows = [
        (0, 9_000_000, -1, TlsWork.CLIENT, 1, 0),
        *connection(3, (900_000, 900_000), round_=0),
        (1, 300_000, -1, TlsWork.CLIENT, 1, 1),
        (1, 20_000_000, -1, TlsWork.STORE, 1, 1),
        *connection(16, (100_000, 300_000)),
        *connection(17, (100_000, 500_000), done=2),
    ]
    found = tls_costs(run_of(ROUNDS, columns("tls", NAMES, rows)))
    assert found is not None
    found.self_check()
    assert {part.work: (part.count, part.cpu_us_each.value) for part in found.parts} == {
        TlsWork.CLIENT: (1, 300.0),
        TlsWork.STORE: (1, 20_000.0),
        TlsWork.WRAP: (2, 5.0),
        TlsWork.HANDSHAKE: (2, 500.0),
    }
    assert (found.requests, found.handshakes, found.resumed, found.growth) == (4, 2, 1, None)


def test_a_run_without_tls_has_no_such_costs() -> None:
    assert tls_costs(run_of(ROUNDS)) is None
    assert tls_costs(run_of(ROUNDS, columns("tls", NAMES, [(1, 5, -1, TlsWork.CLIENT, 1, 1)]))) is None


def test_a_cost_that_grows_with_each_connection_is_told_and_one_that_does_not_is_not() -> None:
    def grown(cost_ns: list[int]) -> float:
        rows = [row for n, ns in enumerate(cost_ns) for row in connection(16 + n, (10_000 + n % 3, ns))]
        found = tls_costs(run_of(ROUNDS, columns("tls", NAMES, rows)))
        assert found is not None
        assert found.growth is not None
        return found.growth.value

    assert abs(grown([1_000_000] * 100)) < 0.01
    assert grown([1_000_000 * (n + 1) for n in range(100)]) > 0.8
    rows = [row for n in range(FEWEST_GROWN - 1) for row in connection(16 + n, (10_000, 1_000_000 * n))]
    few = tls_costs(run_of(ROUNDS, columns("tls", NAMES, rows)))
    assert few is not None
    assert few.growth is None
