"""Which suspects can be tried together: all, or one set for each choice between those that exclude each other."""

from collections.abc import Sequence
from itertools import product

from clientprof.experiments.programs.trying.asked import Asked

# Each set is a run more in every block.
MOST_SETS = 4


def sets_of(kept: Sequence[Asked]) -> list[tuple[Asked, ...]]:
    """Sets of two and more, each in the order of ``kept``. Two limits exclude each other; so do HTTP/2 and the transport of
    aiohttp, which has none."""
    limits = [each for each in kept if each.limit is not None]
    protocols = [each for each in kept if each.id == "http2" or "httpx-aiohttp" in each.packages]
    free = [each for each in kept if each not in limits and each not in protocols]
    found = []
    for chosen in product(*(group for group in (protocols, limits) if group)):
        members = tuple(each for each in kept if each in free or each in chosen)
        if len(members) > 1 and members not in found:
            found.append(members)
    return found
