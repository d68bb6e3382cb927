"""Exact tests on counts, for what is rare: normal approximations fail where there are three failures or none."""

from math import exp, lgamma


def chance_of_as_many(hits: int, of: int, hits_before: int, of_before: int) -> float:
    """The probability of ``hits`` or more among ``of`` if both groups have the same share; Fisher's exact test, one-sided.

    Source: R. A. Fisher, Statistical Methods for Research Workers (1934), section 21.02.

    Raises:
        ValueError: more hits than there are, or a negative count.
    """
    if not (0 <= hits <= of and 0 <= hits_before <= of_before):
        raise ValueError(f"{hits} of {of} and {hits_before} of {of_before} are no counts")
    every, total = hits + hits_before, of + of_before
    whole = _log_choose(total, of)
    terms = (
        exp(_log_choose(every, count) + _log_choose(total - every, of - count) - whole)
        for count in range(hits, min(every, of) + 1)
    )
    return min(1.0, sum(terms))


def _log_choose(of: int, taken: int) -> float:
    return lgamma(of + 1) - lgamma(taken + 1) - lgamma(of - taken + 1)
