"""Many tests at once: which of them count when chance alone gives some small p-values.

Benjamini & Hochberg 1995 (doi:10.1111/j.2517-6161.1995.tb02031.x): of the differences called significant, at most the
stated share is expected to be chance; where nothing differs at all, the probability of calling anything is at most that
share. It holds for independent tests and for positively dependent ones. Costs that share one total are slightly negatively
dependent; what came of that on pairs of equal arms is in ``attribution/differences/cost_differences.py``.
"""

from collections.abc import Sequence

RATE = 0.05


def adjusted(p_values: Sequence[float]) -> tuple[float, ...]:
    """Each p-value's smallest rate at which it would count, in the given order."""
    order = sorted(range(len(p_values)), key=lambda number: -p_values[number])
    smallest, found = 1.0, [1.0] * len(p_values)
    for place, number in enumerate(order):
        rank = len(p_values) - place
        smallest = min(smallest, p_values[number] * len(p_values) / rank)
        found[number] = smallest
    return tuple(found)
