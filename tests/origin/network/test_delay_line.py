"""One direction of a link, on a clock of the test's own: when what goes in comes out."""

from hypothesis import given
from hypothesis import strategies as st

from clientprof.model.network import Network, Stall
from clientprof.origin.network.delay_line import MOST_BYTES, DelayLine, Lateness

MS = 1_000_000
EPOCH = 5_000 * MS
entries = st.lists(st.tuples(st.integers(0, 50 * MS), st.integers(0, 3), st.integers(0, 1500)), max_size=60)


def line_of(network: Network, seed: int = 1) -> DelayLine[int]:
    return DelayLine(network, seed=seed, epoch_ns=EPOCH)


def left(line: DelayLine[int], until_ns: int) -> list[tuple[int, int]]:
    found = []
    while (each := line.leave(until_ns)) is not None:
        found.append(each)
    return found


def test_a_piece_leaves_half_a_round_trip_later_and_not_before() -> None:
    line = line_of(Network(20.0))
    assert line.enter(7, 100, EPOCH) == EPOCH + 10 * MS == line.next_ns()
    assert line.leave(EPOCH + 10 * MS - 1) is None
    assert line.held_bytes == 100
    assert line.leave(EPOCH + 10 * MS) == (EPOCH + 10 * MS, 7)
    assert (line.held_bytes, line.next_ns()) == (0, None)


def test_pieces_wait_for_the_wire_and_take_their_length_on_it() -> None:
    line = line_of(Network(20.0, bits_per_s=8_000_000))  # a byte in a microsecond
    first, second = line.enter(1, 1000, EPOCH), line.enter(2, 500, EPOCH)
    assert (first - EPOCH, second - EPOCH) == (11 * MS, 11.5 * MS)
    assert line.enter(3, 1000, EPOCH + 100 * MS) == EPOCH + 111 * MS


def test_the_queue_before_the_wire_is_a_tenth_of_a_second_long() -> None:
    line = line_of(Network(bits_per_s=80_000_000))  # a megabyte in a tenth of a second
    for number in range(100):
        assert line.room(10_000, EPOCH)
        line.enter(number, 10_000, EPOCH)
    assert not line.room(10_000, EPOCH)
    assert line.room(10_000, EPOCH + 10 * MS)


def test_without_a_bandwidth_only_memory_bounds_what_is_on_its_way() -> None:
    line = line_of(Network(1000.0))
    line.enter(1, MOST_BYTES - 10, EPOCH)
    assert line.room(10, EPOCH)
    assert not line.room(11, EPOCH)


@given(entries)
def test_with_jitter_no_piece_overtakes_another_of_its_flow_and_all_keep_to_the_bounds(
    pieces: list[tuple[int, int, int]],
) -> None:
    line = line_of(Network(20.0, jitter_ms=10.0))
    now, sent = EPOCH, []
    for number, (later, flow, size) in enumerate(pieces):
        now += later
        sent.append((line.enter(number, size, now, flow) - now, flow))
    assert all(delay >= 5 * MS for delay, _ in sent)
    order = [piece for _, piece in left(line, now + 10**12)]
    for flow in range(4):
        mine = [number for number, (_, each) in enumerate(sent) if each == flow]
        assert [number for number in order if number in mine] == mine


def test_with_jitter_round_trips_differ_by_chance_and_equally_for_equal_seeds() -> None:
    network = Network(20.0, jitter_ms=10.0)
    one, same, other = ([line_of(network, seed).enter(n, 1, EPOCH) for n in range(1)] for seed in (1, 1, 2))
    assert one == same != other
    line = line_of(network)
    delays = {line.enter(number, 1, EPOCH + number * 100 * MS) - EPOCH - number * 100 * MS for number in range(200)}
    assert len(delays) > 150
    assert 5 * MS <= min(delays) < 6 * MS
    assert 14 * MS < max(delays) <= 15 * MS


@given(st.integers(0, 20_000), st.integers(0, 100))
def test_nothing_leaves_while_the_link_stands_still(after_ms: int, rtt_ms: int) -> None:
    line = line_of(Network(float(rtt_ms), stall=Stall(200, 5)))
    now = EPOCH + after_ms * MS
    due = line.enter(1, 1, now)
    into = (due - EPOCH) % (5_000 * MS)
    assert into < 4_800 * MS
    assert due == now + rtt_ms * MS // 2 or into == 0


def test_lateness_has_the_mean_the_99th_percentile_and_the_most() -> None:
    late = Lateness()
    assert late.microseconds() == (0.0, 0.0, 0.0)
    for _ in range(199):
        late.add(10_000)
    late.add(3_000_000)
    mean, p99, most = late.microseconds()
    assert (round(mean, 2), p99, most) == (24.95, 20.0, 3000.0)
