"""A round that cannot be finished is recorded as far as it came, and a client is given up only where that is certain."""

from array import array
from typing import Any, NoReturn

import pytest

from clientprof.attribution.notices.unfinished_rounds import progress
from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Answer, Request
from clientprof.model.run import UNFINISHED, RoundKind, UnfinishedRound
from clientprof.recording.recorder import Recorder
from clientprof.workload.giving_up import GivingUp
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.rounds import RoundOutcome, Rounds

OK = Answer(200, 1024, {}, None)


class Left(Exception):
    """Stands for the end of the process."""


def leave() -> NoReturn:
    raise Left


def rounds_of(recorder: Recorder) -> Rounds:
    def nothing(_: RoundKind) -> None:
        """No lens."""

    return Rounds(
        recorder, [Request("http://127.0.0.1/")], 200, 1024, stamp_header=None, parse_stamps=lambda _: None,
        on_begin=nothing, on_end=nothing,
    )  # fmt: skip


def begun(rounds: Rounds, kind: RoundKind, count: int, *, started: int, answered: int) -> RoundOutcome:
    """A round under way: the first exchanges have started, and the first of these are answered."""
    outcome = rounds.begin(count, kind)
    for index in range(started):
        outcome.started[index] = outcome.started_ns + 1
    for index in range(answered):
        outcome.ended[index] = outcome.started_ns + 2
        rounds.keep(outcome, index, OK)
    return outcome


def broken_off(kind: RoundKind, *, before: tuple[RoundKind, ...] = ()) -> tuple[Rounds, dict[str, "array[int]"]]:
    recorder = Recorder()
    rounds = rounds_of(recorder)
    for each in before:
        rounds.end(begun(rounds, each, 4, started=4, answered=4))
    begun(rounds, kind, 4096, started=5, answered=2)
    recorder.column("mark.at_ns").append(1)  # the signal came between the columns of a row
    recorder.column("mark.kind")
    giving_up = GivingUp(rounds, 180.0, leave, blocking=False)
    with pytest.raises(Left):
        giving_up.give_up()
    return rounds, recorder.columns()


def test_what_was_answered_is_kept_what_was_under_way_is_unfinished_and_what_had_not_begun_is_left_out() -> None:
    rounds, columns = broken_off(RoundKind.MEASURED)
    assert rounds.unfinished is not None
    assert (rounds.unfinished.answered, rounds.unfinished.failed, rounds.unfinished.of) == (2, 0, 4096)
    assert list(columns["round.count"]) == [5]
    assert list(columns["round.kind"]) == [RoundKind.MEASURED]
    (number,) = {error for error in columns["exchange.error"] if error}
    assert list(columns["exchange.error"]) == [0, 0, number, number, number]
    assert list(rounds.error_types) == [UNFINISHED]
    assert set(columns["exchange.ended_ns"][2:]) == set(columns["round.ended_ns"])
    assert len(columns["mark.at_ns"]) == len(columns["mark.kind"]) == 0


def test_a_round_broken_off_after_whole_ones_is_nobody_s() -> None:
    rounds, columns = broken_off(RoundKind.MEASURED, before=(RoundKind.COLD, RoundKind.MEASURED))
    assert rounds.unfinished is None
    assert list(columns["round.count"]) == [4, 4]
    assert len(columns["exchange.error"]) == 4 + 4 + 5


def test_a_first_round_that_is_broken_off_stays_a_first_round() -> None:
    rounds, columns = broken_off(RoundKind.COLD)
    assert rounds.unfinished is not None
    assert rounds.unfinished.cold
    assert list(columns["round.kind"]) == [RoundKind.COLD]


def test_threads_finish_what_they_have_begun_and_begin_nothing_more() -> None:
    rounds = rounds_of(Recorder())
    rounds.on_stop = leave
    outcome = begun(rounds, RoundKind.MEASURED, 10, started=3, answered=2)
    GivingUp(rounds, 180.0, leave, blocking=True).give_up()
    assert rounds.stopping
    outcome.ended[2] = outcome.started_ns + 3
    rounds.keep(outcome, 2, OK)
    with pytest.raises(Left):
        rounds.end(outcome)
    assert rounds.unfinished is not None
    assert (rounds.unfinished.answered, rounds.unfinished.of) == (3, 10)
    assert rounds.error_types == {}


def test_between_two_rounds_the_next_is_not_begun() -> None:
    rounds = rounds_of(Recorder())
    rounds.on_stop = leave
    GivingUp(rounds, 180.0, leave, blocking=False).give_up()
    with pytest.raises(Left):
        rounds.begin(4, RoundKind.MEASURED)


@pytest.mark.parametrize("before", [None, RoundKind.COLD, RoundKind.MEASURED])
def test_a_client_that_has_finished_a_round_is_not_given_up_because_the_next_has_just_begun(
    before: RoundKind | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = rounds_of(Recorder())
    if before is not None:
        rounds.end(begun(rounds, before, 4, started=4, answered=4))
    begun(rounds, RoundKind.MEASURED, 4, started=4, answered=0)
    giving_up = GivingUp(rounds, 180.0, leave, blocking=False)
    monkeypatch.setattr(giving_up, "hopeless", lambda *_: True)
    if before is not None:
        giving_up.look()
    else:
        with pytest.raises(Left):
            giving_up.look()


@pytest.mark.parametrize(
    ("wall_s", "cpu_s", "queued_s", "answered", "given_up"),
    [
        (30, 29, 0, 0, True),  # nothing yet, and it computes all the time
        (30, 29, 0, 1, True),  # 3,000 s to go
        (30, 29, 0, 20, False),  # 150 s in all, of 180
        (30, 1, 0, 0, False),  # it waits: its server may answer all of them in the next second
        (30, 7, 23, 6, False),  # 500 s at this rate, but with the core for itself 117
        (30, 7, 23, 1, True),  # 700 s with the core for itself
        (30, 1, 20, 0, False),  # it waits while it could have a core
        (5, 5, 0, 0, False),  # it has only just begun
        (30, 5, 25, 0, False),  # it has hardly had a core
    ],
)
def test_a_client_is_given_up_early_only_where_computing_at_its_rate_takes_twice_too_long(
    wall_s: int, cpu_s: int, queued_s: int, answered: int, given_up: bool
) -> None:
    rounds = rounds_of(Recorder())
    outcome = begun(rounds, RoundKind.MEASURED, 100, started=100, answered=answered)
    outcome.started_ns = outcome.cpu_ns = 0
    giving_up = GivingUp(rounds, 180.0, leave, blocking=False)
    clocks_ns = (each * 10**9 for each in (wall_s, cpu_s, queued_s))
    assert giving_up.hopeless(outcome, *clocks_ns) is given_up


def test_the_time_that_all_of_a_round_would_take_is_told_at_the_rate_so_far() -> None:
    assert UnfinishedRound(312, 0, 4096, 180.0).needed_s == pytest.approx(180 * 4096 / 312)
    assert UnfinishedRound(0, 0, 4096, 180.0).needed_s is None


def test_who_is_stopped_early_is_told_how_far_beyond_its_time_the_whole_round_would_be() -> None:
    early = UnfinishedRound(276, 0, 6000, 8.0, most_s=48.0)
    assert early.times_too_long == pytest.approx(8 * 6000 / 276 / 48)
    assert progress(early).endswith("; at this rate 3 minutes, 3.6 times the 48 s that it may take")
    assert UnfinishedRound(276, 0, 300, 8.0, most_s=48.0).times_too_long is None
    assert UnfinishedRound(276, 0, 6000, 8.0).times_too_long is None
    assert progress(UnfinishedRound(276, 0, 6000, 8.0)).endswith("; at this rate 3 minutes")


@pytest.mark.parametrize(("queued_s", "said"), [(6.0, " in 8 s (6 s in the queue for a core); "), (0.5, " in 8 s; ")])
def test_a_rate_that_other_programs_made_slow_says_how_long_they_had_the_core(queued_s: float, said: str) -> None:
    assert said in progress(UnfinishedRound(276, 0, 6000, 8.0, queued_s=queued_s))


def test_every_blocking_driver_looks_before_each_request_whether_to_stop() -> None:
    from clientprof.workload.drivers.thread_driver import ThreadDriver

    asked: list[Any] = []
    rounds = rounds_of(Recorder())

    class Adapter(type(CLIENTS["requests"]())):  # type: ignore[misc]
        """Stops the rounds at its third request."""

        def build(self, options: Any) -> Any:
            return object()

        def fetch(self, client: Any, request: Request) -> Answer:
            asked.append(request)
            rounds.stopping = len(asked) == 3
            return OK

        def close(self, client: Any) -> None:
            """Nothing is open."""

    from clientprof.clients.adapter import ClientOptions
    from clientprof.workload.sequence import Open, Operations, Round

    def operations() -> Operations:
        yield Open(ClientOptions())
        yield Round(10, RoundKind.MEASURED)
        return 1

    rounds.on_stop = leave
    with pytest.raises(Left):
        ThreadDriver(Adapter(), rounds, Scenario(1, requests=10), tagged=False).drive(operations())
    assert len(asked) == 3
    assert rounds.unfinished is not None
    assert (rounds.unfinished.answered, rounds.unfinished.of) == (3, 10)


def test_a_smaller_round_that_ended_does_not_say_that_the_large_one_can(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = rounds_of(Recorder())
    rounds.end(begun(rounds, RoundKind.COLD, 4, started=4, answered=4))
    begun(rounds, RoundKind.MEASURED, 4096, started=4, answered=0)
    giving_up = GivingUp(rounds, 180.0, leave, blocking=False)
    monkeypatch.setattr(giving_up, "hopeless", lambda *_: True)
    with pytest.raises(Left):
        giving_up.look()
