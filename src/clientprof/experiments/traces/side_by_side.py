"""Steps of a trace beside one another, where what they give are counts and shares, no times.

Each has a core for its client and a server of its own, which runs on the other one's core: a client under a heavy instrument
asks so seldom that the server takes little of that core. Counting the calls of httpx at n=512 with yappi takes as long as
all other counts and cross-checks.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Number = TypeVar("Number")


class Stoppable(Protocol):
    """Where something runs that can be ended from outside."""

    def stop(self) -> None: ...


Place = TypeVar("Place", bound=Stoppable)


def shared_out(numbers: Sequence[int], cost: Callable[[int], float], places: int) -> list[list[int]]:
    """The numbers in so many parts that take about as long: the longest first, each to the part that has least by then."""
    parts: list[list[int]] = [[] for _ in range(places)]
    for number in sorted(numbers, key=lambda each: -cost(each)):
        min(parts, key=lambda part: sum(map(cost, part))).append(number)
    return parts


def run_side_by_side(work: Sequence[tuple[Place, Callable[[], None]]]) -> None:
    """Do all the work at once, the first in this thread. If one fails or is interrupted, the others are stopped.

    Raises:
        BaseException: what the first to fail raised.
    """
    failures: list[BaseException] = []

    def do(number: int) -> None:
        try:
            work[number][1]()
        except BaseException as error:
            failures.append(error)
            stop_others(number)

    def stop_others(number: int) -> None:
        for place, _ in (*work[:number], *work[number + 1 :]):
            place.stop()

    threads = [threading.Thread(target=do, args=(number,)) for number in range(1, len(work))]
    for thread in threads:
        thread.start()
    try:
        do(0)
        for thread in threads:
            thread.join()
    except KeyboardInterrupt as error:
        failures.insert(0, error)
        stop_others(0)
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
