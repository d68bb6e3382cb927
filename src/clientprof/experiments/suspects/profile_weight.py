"""How much of a profile lies below some functions: what a change that spares them could gain at most."""

from collections.abc import Iterator

from clientprof.experiments.suspects.suspect import Case
from clientprof.model.samples import CallNode


def below_us(case: Case, *targets: str) -> float:
    """CPU per request of these functions and all that they call, where they call each other counted once.

    A target is ``module:Class.function``, or a module, which stands for all its functions. 0.0 without a profile.
    """
    profile = case.client.profile
    return 0.0 if profile is None else sum(node.total_us for node in _topmost(profile.root, frozenset(targets)))


def _topmost(root: CallNode, targets: frozenset[str]) -> Iterator[CallNode]:
    pending = [root]
    while pending:
        node = pending.pop()
        place = node.location
        if place.module in targets or f"{place.module}:{place.function}" in targets:
            yield node
        else:
            pending.extend(node.children)
