"""How much of a profile lies in or below some functions: what a change that spares them could gain."""

from collections.abc import Iterator

from clientprof.experiments.suspects.suspect import Case
from clientprof.model.samples import CallNode

WORTH = 0.01


def below_us(case: Case, *targets: str) -> float:
    """CPU per request of these functions and all that they call, where they call each other counted once.

    A target is ``module:Class.function``, or a module, which stands for all its functions. 0.0 without a profile.
    """
    profile = case.client.profile
    return 0.0 if profile is None else sum(node.total_us for node in _topmost(profile.root, frozenset(targets)))


def worth_us(case: Case, *targets: str) -> float | None:
    """The same, None where it is less than 1 % of the client's cost: too little for an experiment to show."""
    spent = below_us(case, *targets)
    return spent if spent >= WORTH * case.total_us else None


def own_us(case: Case, *modules: str) -> float:
    """CPU per request of these modules' own code, with the C code and system calls it makes. 0.0 without a profile."""
    profile = case.client.profile
    pending = [] if profile is None else [profile.root]
    spent = 0.0
    while pending:
        node = pending.pop()
        pending.extend(node.children)
        if node.location.module in modules:
            spent += node.self_us
    return spent


def _topmost(root: CallNode, targets: frozenset[str]) -> Iterator[CallNode]:
    pending = [root]
    while pending:
        node = pending.pop()
        place = node.location
        if place.module in targets or f"{place.module}:{place.function}" in targets:
            yield node
        else:
            pending.extend(node.children)
