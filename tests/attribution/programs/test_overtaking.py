"""Requests that others overtake again and again are told; a queue in order or in random order is none of that."""

import random
from collections.abc import Sequence

from clientprof.model.findings import Finding
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import Settings
from programs_by_hand import Made, Program

HOLD = 10


def served(asked: int, at: int, *, instance: int = 0) -> Made:
    """A request that asked and got a connection then; one that got none, 0, waits on."""
    marks = [(Mark.POOL_ENQUEUE, asked), *([(Mark.POOL_ACQUIRED, at), (Mark.RELEASED, at + HOLD)] if at else [])]
    return Made(asked, at + HOLD if at else 0, marks, instance=instance)


def quick(count: int, *, instance: int = 0) -> list[Made]:
    """One task that asks again as soon as it has its answer, and gets the connection that it gave back."""
    return [served(n * HOLD, n * HOLD, instance=instance) for n in range(1, count + 1)]


def told(made: Sequence[Made], clients: int = 1) -> list[Finding]:
    made = sorted(made, key=lambda each: each.started)
    program = Program(made, end=100_000, settings=Settings(limit=1), clients_built=clients)
    return [finding for finding in program.result().findings if finding.id == "requests-overtaken"]


def test_requests_that_wait_until_another_task_stops_asking_are_told() -> None:
    (finding,) = told([*quick(100), served(5, 1020), served(6, 1010)])
    assert finding.title.startswith("2 requests at `asks` (app.py:7) waited up to 1.0 s for a connection")
    assert "at least 101 requests asked after" in finding.evidence[0]


def test_one_that_still_waits_at_the_end_was_overtaken_too() -> None:
    (finding,) = told([*quick(100), served(5, 0)])
    assert finding.title.startswith("1 request at `asks` (app.py:7) waited up to 100.0 s")


def test_a_queue_in_order_is_none() -> None:
    assert told([served(n, 10 + n * HOLD) for n in range(1, 300)]) == []


def test_a_queue_in_random_order_is_none() -> None:
    chance = random.Random(7)
    waiting, made = list(range(1, 31)), []
    for number in range(1, 2001):
        asked = waiting.pop(chance.randrange(len(waiting)))
        made.append(served(asked, 100 + number * HOLD))
        waiting.append(100 + number * HOLD)
    assert told(made) == []


def test_requests_of_another_client_overtake_nobody() -> None:
    assert told([*quick(100, instance=1), served(5, 1010), served(6, 1020)], clients=2) == []


def test_as_few_as_chance_may_overtake_are_not_told() -> None:
    assert told([*quick(8), served(5, 100), served(6, 110)]) == []
