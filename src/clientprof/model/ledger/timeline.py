"""The requests of one round one by one, for the waterfall: phases, states, and who held the loop meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass

from clientprof.model.layers import Layer
from clientprof.model.phases import Phase


@dataclass(frozen=True, slots=True)
class TimelineSpan:
    """One phase of one exchange: offsets from the round's start, whole microseconds; the states are None where unknown."""

    phase: Phase
    start_us: int
    end_us: int
    running_us: int | None = None
    ready_us: int | None = None

    @property
    def wall_us(self) -> int:
        return self.end_us - self.start_us

    @property
    def waiting_us(self) -> int | None:
        """What is left of the wall time, so that the states add up to it."""
        if self.running_us is None or self.ready_us is None:
            return None
        return self.wall_us - self.running_us - self.ready_us


@dataclass(frozen=True, slots=True)
class Timeline:
    """One exchange of the waterfall, its spans one after the other without a gap.

    ``blame`` splits its ready time by the layer that held the loop, whole microseconds; empty where that is not known.
    ``error`` is the exception type's name, None where it succeeded.
    """

    exchange: int
    connection: int | None
    spans: tuple[TimelineSpan, ...]
    blame: Mapping[Layer, int]
    error: str | None

    @property
    def start_us(self) -> int:
        return self.spans[0].start_us

    @property
    def end_us(self) -> int:
        return self.spans[-1].end_us

    @property
    def running_us(self) -> int | None:
        return _sum([span.running_us for span in self.spans])

    @property
    def ready_us(self) -> int | None:
        return _sum([span.ready_us for span in self.spans])

    @property
    def waiting_us(self) -> int | None:
        return _sum([span.waiting_us for span in self.spans])

    def self_check(self) -> None:
        """Assert that spans follow each other, states are no negative time, and blame is the ready time.

        Raises:
            AssertionError: the account does not balance; blame may be off by a microsecond per span, its rounding.
        """
        for before, after in zip(self.spans, self.spans[1:], strict=False):
            assert before.end_us == after.start_us, f"exchange {self.exchange}: a gap after {before.phase}"
        for span in self.spans:
            states = [us for us in (span.running_us, span.ready_us, span.waiting_us) if us is not None]
            assert min(states, default=0) >= 0, f"exchange {self.exchange}: negative state in {span.phase}"
        if self.blame:
            apart = abs(sum(self.blame.values()) - (self.ready_us or 0))
            assert apart <= len(self.spans) + 1, f"exchange {self.exchange}: blame is {apart} us off the ready time"


@dataclass(frozen=True, slots=True)
class ShownRound:
    """The round that the timelines show, the last of ``rounds`` measured ones: its length and how many requests it had.

    Where it had more than are kept, ``slowest`` and ``failed`` ones were kept on purpose (a request may be both), the others
    evenly spaced by start; both are 0 where all were kept.
    """

    rounds: int
    length_us: int
    requests: int
    slowest: int = 0
    failed: int = 0


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
