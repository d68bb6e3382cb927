"""Detail is on while there is little to do, and otherwise in windows that nobody can foresee; no clock is read here."""

from clientprof.probes.programs.duty import DETAILED_PER_S, SHORTEST_NS, WHOLE_EXCHANGES, Duty

SECOND = 1_000_000_000


def _play(duty: Duty, per_s: float, in_flight: int, seconds: float) -> list[tuple[int, int]]:
    """The windows of so many seconds at a constant rate, as (from, to)."""
    duty.start(0, 0)
    windows, since, on = [], 0, True
    while (now := duty.due_ns) < seconds * SECOND:
        before, on = on, duty.decide(now, int(per_s * now / SECOND), in_flight)
        if before and not on:
            windows.append((since, now))
        elif on and not before:
            since = now
        assert duty.due_ns > now
    return windows


def test_a_loop_that_has_little_to_do_is_always_recorded() -> None:
    duty = Duty(1)
    assert _play(duty, DETAILED_PER_S * 0.9, 5, 60) == []
    assert duty.on


def test_a_busy_loop_is_recorded_for_about_so_many_exchanges_a_second_whatever_it_makes() -> None:
    for per_s in (500.0, 2_000.0, 6_000.0):
        windows = _play(Duty(1), per_s, 20, 2_000)
        detailed = sum(to - since for since, to in windows) / SECOND * per_s / 2_000
        assert 0.85 * DETAILED_PER_S < detailed < 1.15 * DETAILED_PER_S, per_s


def test_a_window_is_many_times_as_long_as_an_exchange() -> None:
    # 64 in flight at 300 a second last 213 ms each.
    windows = _play(Duty(1), 300, 64, 200)
    assert min(to - since for since, to in windows) > 2 * SECOND
    assert min(to - since for since, to in _play(Duty(1), 3_000, 64, 200)) >= SHORTEST_NS


def test_windows_do_not_keep_step_with_what_happens_every_so_many_seconds() -> None:
    starts = [since for since, _ in _play(Duty(1), 2_000, 20, 4_000)]
    phases = [since % (6 * SECOND) * 6 // (6 * SECOND) for since in starts]
    share = [phases.count(phase) / len(phases) for phase in range(6)]
    assert max(share) < 0.3
    assert min(share) > 0.08


def test_the_same_seed_gives_the_same_windows_and_another_seed_others() -> None:
    first, again, other = (_play(Duty(seed), 2_000, 20, 100) for seed in (1, 1, 2))
    assert first == again != other


def test_detail_always_never_pauses() -> None:
    assert _play(Duty(1, always=True), 5_000, 50, 60) == []


def test_detail_is_back_soon_after_a_busy_time() -> None:
    duty = Duty(1)
    duty.start(0, 0)
    begun = 0
    while duty.on or duty.due_ns < 10 * SECOND:
        begun = 5_000 * duty.due_ns // SECOND
        duty.decide(duty.due_ns, begun, 20)
    assert duty.due_ns <= 10 * SECOND + SHORTEST_NS
    while not duty.on:
        due_ns = duty.due_ns
        duty.decide(due_ns, begun, 20)
    assert due_ns <= 10 * SECOND + 2 * SHORTEST_NS


def test_the_first_exchanges_of_a_measurement_are_detailed_wherever_it_begins() -> None:
    """At 2,000 a second a window of half a second is followed by six seconds without detail, more or less."""
    duty = Duty(1)
    duty.start(0, 0)
    began, detailed = [3 * SECOND // 2, 20 * SECOND], [0, 0]
    duty.measured_from(began[0])
    on, since = True, 0
    while (now := duty.due_ns) < 30 * SECOND:
        if on:
            for place, from_ns in enumerate(began):
                inside = min(now, from_ns + SECOND) - max(since, from_ns)
                detailed[place] += max(0, inside) * 2_000 // SECOND
        if now >= 20 * SECOND:
            duty.measured_from(began[1])  # by hand: nobody knew before
        on, since = duty.decide(now, 2_000 * now // SECOND, 20), now
    assert detailed[0] >= WHOLE_EXCHANGES
    assert detailed[1] >= WHOLE_EXCHANGES - 2_000 * SHORTEST_NS // SECOND
