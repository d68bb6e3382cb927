"""States of random loops: running is what ran, ready never overlaps it, blame is what ran meanwhile."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clientprof.attribution.ledger.loop_time import LAYERS, LoopTime
from clientprof.attribution.ledger.states import states_of

START = 1_000
# One step: how long, whose (-3 loop, -2 select, -1 nobody), how long ago it was queued (None: unknown), its layer.
steps = st.lists(
    st.tuples(st.integers(0, 9), st.integers(-3, 4), st.none() | st.integers(0, 60), st.integers(0, len(LAYERS) - 1)),
    min_size=1,
    max_size=30,
)
Steps = list[tuple[int, int, int | None, int]]


def columns(loop: Steps) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    started = START + np.cumsum([0, *(length for length, _, _, _ in loop)])
    owner = np.array([owner for _, owner, _, _ in loop] + [-3])
    ago = [
        None if wait is None else max(1, at - wait) for at, (_, _, wait, _) in zip(started.tolist(), loop, strict=False)
    ]
    return started, np.array([at or 0 for at in ago] + [0]), owner


def brute(loop: Steps, exchange: int) -> tuple[set[int], set[int]]:
    """The nanoseconds in which the exchange ran, and in which it was ready."""
    started, enqueued, owner = columns(loop)
    running: set[int] = set()
    ready: set[int] = set()
    for number in range(len(loop)):
        if owner[number] == exchange:
            running |= set(range(started[number], started[number + 1]))
            if enqueued[number]:
                ready |= set(range(max(enqueued[number], started[0]), started[number]))
    return running, ready - running


@given(steps)
def test_running_and_ready_up_to_any_instant_are_what_a_count_of_nanoseconds_gives(loop: Steps) -> None:
    started, enqueued, owner = columns(loop)
    states = states_of(started, enqueued, owner)
    origin = np.array([started[0] - 100])
    for exchange in range(5):
        running, ready = brute(loop, exchange)
        who = np.array([exchange])
        for at in range(started[0] - 70, started[-1] + 3, 7):
            for intervals, instants in ((states.running, running), (states.ready, ready)):
                length = intervals.length_until(who, np.array([at])) - intervals.length_until(who, origin)
                assert length[0] == sum(instant < at for instant in instants)


@given(steps)
def test_blame_is_what_ran_meanwhile_layer_by_layer(loop: Steps) -> None:
    started, enqueued, owner = columns(loop)
    lasting = [(n, layer) for n, (length, _, _, layer) in enumerate(loop) if length]
    knots = np.array([started[0], *(started[n + 1] for n, _ in lasting)])
    loop_time = LoopTime(knots, np.array([layer for _, layer in lasting], dtype=np.int64))
    layer_at = {at: layer for n, layer in lasting for at in range(started[n], started[n + 1])}
    states = states_of(started, enqueued, owner)
    for exchange in range(5):
        _, ready = brute(loop, exchange)
        who, bounds = np.array([exchange]), np.array([started[0], started[-1]])
        blame = np.array([each[0] for each in states.ready.blame(who, bounds[:1], bounds[1:], loop_time)])
        inside = [layer_at[at] for at in ready if at in layer_at]
        assert np.round(blame, 6).tolist() == [inside.count(number) for number in range(len(LAYERS))]


@given(steps)
def test_the_sum_over_layers_is_time_itself(loop: Steps) -> None:
    started, _, _ = columns(loop)
    knots = np.unique(started)
    labels = np.arange(len(knots) - 1) % len(LAYERS)
    by_layer = LoopTime(knots, labels).by_layer(started)
    assert np.allclose(by_layer.sum(axis=0), started - started[0], atol=1e-6)
    assert (np.diff(by_layer, axis=1) >= 0).all()


def test_an_exchange_is_ready_for_a_timer_that_a_read_overtook() -> None:
    # Due at 1 000, read at 1 010 (the data came only then), the timer's turn comes at 1 012.
    started, owner = np.array([1000, 1010, 1012, 1013]), np.array([-1, 7, 7, -3])
    states = states_of(started, np.array([0, 1010, 1000, 0]), owner)
    who = np.array([7, 7])
    assert np.diff(states.ready.length_until(who, np.array([1000, 1013])))[0] == 10
