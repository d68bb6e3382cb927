"""What went on during one round, bin by bin: the loop's layers, its queue, connections, requests in flight."""

from collections.abc import Mapping
from dataclasses import dataclass

from clientprof.model.layers import Layer

Series = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TimeBins:
    """Means over equal parts of the round, every series with one value per part; None where nothing saw it.

    ``busy`` is each layer's share of the part's time, 0 to 1, and ``idle`` the loop's in select; together at most 1, less
    only where no step was recorded. How busy the loop was, and with garbage, is stamped, how the rest divides into layers is
    sampled. ``queue`` is how many callbacks could have run: in the loop's queue, or with their data in the socket already.
    ``active`` connections carry a request, ``unused`` ones are open without one (None as well where nothing saw them close).
    ``in_flight`` requests are between the call and its return at the client; of these ``pooled`` wait for a connection, and
    ``at_origin`` are between the origin's receipt and its answer.
    """

    busy: Mapping[Layer, Series] | None
    idle: Series | None
    queue: Series | None
    active: Series | None
    unused: Series | None
    in_flight: Series
    pooled: Series | None
    at_origin: Series | None

    def self_check(self) -> None:
        """Assert that all series are equally long, nothing is negative, and no part of the round is used twice.

        Raises:
            AssertionError: an account does not balance.
        """
        layers = list(self.busy.values()) if self.busy is not None else []
        others = (self.idle, self.queue, self.active, self.unused, self.in_flight, self.pooled, self.at_origin)
        series = [*layers, *(each for each in others if each is not None)]
        assert {len(each) for each in series} == {len(self.in_flight)}, "series of different lengths"
        assert min(min(each) for each in series) >= -1e-9, "a negative number of something"
        if self.idle is not None:
            for number, idle in enumerate(self.idle):
                spent = idle + sum(each[number] for each in layers)
                assert spent <= 1 + 1e-6, f"part {number} of the round is spent {spent} times"
        for inside in (self.pooled, self.at_origin):
            for some, all_of_them in zip(inside or (), self.in_flight, strict=False):
                assert some <= all_of_them + 1e-6, "more requests in one place than there are"


@dataclass(frozen=True, slots=True)
class OverTime:
    """The last warm round in fine parts for a picture, and in few parts for a table.

    ``samples`` is how many samples of it tell the layers apart, None where nothing saw the loop's steps; ``group`` is how
    many neighbouring fine parts they divide together.
    """

    length_us: int
    samples: int | None
    group: int
    fine: TimeBins
    coarse: TimeBins
