"""A sample that must be looked at twice before it is known what it weighs."""

from typing import NamedTuple


class DoubtfulSample(NamedTuple):
    """A sample of a thread that has blocked since the one before; what it weighs is known at the second look."""

    at_ns: int
    weight_ns: int
    collected_ns: int
    exchange: int
    stack: int
