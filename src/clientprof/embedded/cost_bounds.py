"""Bounds of a test's costs, as its marker states them: at most so many of each."""

from collections.abc import Mapping, Sequence
from typing import Any

from clientprof.model.costs.watching import COUNTS, NAMES, Costs

Bounds = Mapping[str, float]


class BoundError(ValueError):
    """A bound that cannot be held against anything; the text is a sentence for whoever wrote it."""


def bounds_of(arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Bounds:
    """What a marker was called with, checked.

    Raises:
        BoundError: a bound without a name, of an unknown name, of a wrong type or below 0; or none at all.
    """
    if arguments:
        raise BoundError(f"http_costs takes bounds by name, such as requests=3, and not {arguments[0]!r}.")
    if not keywords:
        raise BoundError(f"http_costs without a bound checks nothing; the bounds are {_listed(NAMES)}.")
    for name, value in keywords.items():
        if name not in NAMES:
            raise BoundError(f"http_costs knows no bound {name!r}; the bounds are {_listed(NAMES)}.")
        whole = name in COUNTS
        kinds = (int,) if whole else (int, float)
        # A bool is an int, and nan is below nothing.
        if isinstance(value, bool) or not isinstance(value, kinds) or not value >= 0:
            wanted = "a whole number" if whole else "a number of seconds"
            raise BoundError(f"http_costs: {name} takes {wanted}, 0 or more, and not {value!r}.")
    return dict(keywords)


def beyond(costs: Costs, bounds: Bounds) -> list[str]:
    """A sentence for each bound that the costs are beyond."""
    return [
        f"{name} is {_figure(getattr(costs, name))}, and may be {_figure(bound)} at most."
        for name, bound in bounds.items()
        if getattr(costs, name) > bound
    ]


def _figure(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g} s"


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
