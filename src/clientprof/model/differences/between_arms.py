"""Where two arms of a comparison differ: by layer, function, counter and call path, each with what chance would give."""

from dataclasses import dataclass, field
from enum import StrEnum

from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.samples import CodeLocation


class Change(StrEnum):
    """What became of a cost from the baseline to the candidate. ``SAME`` where no difference is shown."""

    NEW = "new"
    GONE = "gone"
    GROWN = "grown"
    SHRUNK = "shrunk"
    SAME = "same"


class Followed(StrEnum):
    """How a function of the candidate was recognised in the baseline."""

    NAME = "same name"
    MOVED_CLASS = "moved to another class"
    MOVED_MODULE = "moved to another module"
    RENAMED = "renamed"
    ALONE = "on one side only"


@dataclass(frozen=True, slots=True)
class CostDifference:
    """Candidate minus baseline of one cost, microseconds of CPU per request, with its 95 % interval.

    ``p_adjusted`` is the smallest false discovery rate at which the difference counts among all that were tested with it,
    None where nothing could be tested. ``significant``: that rate is at most 5 %, and the difference is large enough to
    matter. ``elsewhere``: the arm that spends nothing here spends some on the same function in another layer.
    """

    baseline_us: float
    candidate_us: float
    difference_us: Estimate
    p_adjusted: float | None
    significant: bool
    elsewhere: bool = False

    @property
    def change(self) -> Change:
        """The class of the difference; ``NEW`` and ``GONE`` where one side was never seen at all, in no layer."""
        if not self.significant:
            return Change.SAME
        if self.baseline_us == 0 and not self.elsewhere:
            return Change.NEW
        if self.candidate_us == 0 and not self.elsewhere:
            return Change.GONE
        return Change.GROWN if self.difference_us.value > 0 else Change.SHRUNK


@dataclass(frozen=True, slots=True)
class FunctionDifference:
    """One function's own cost (standard library and C code that it calls included) in both arms, within one owner layer.

    It is significant only where the function's cost over all layers is too, and differs in the same direction: a function
    that another layer owns now has moved, and did not grow.
    """

    layer: Layer
    baseline: CodeLocation | None
    candidate: CodeLocation | None
    followed: Followed
    cost: CostDifference

    @property
    def location(self) -> CodeLocation:
        """The candidate's location, the baseline's where the candidate has none."""
        found = self.candidate or self.baseline
        assert found is not None, "a function of neither arm"
        return found


@dataclass(frozen=True, slots=True)
class LayerDifference:
    """One layer's part of the gap: the difference of its ``functions`` and of ``others`` not listed, ``others_us``."""

    layer: Layer
    cost: CostDifference
    share_of_gap: float
    functions: tuple[FunctionDifference, ...]
    others_us: float
    others: int


@dataclass(frozen=True, slots=True)
class Gap:
    """The difference in CPU per request: layers add up to ``sampled_us``, with ``remainder_us`` to ``control_us``.

    ``sampled_us`` is at the level of the uninstrumented runs: ``scaled`` are the factors that brought the samples of
    baseline and candidate there, 1.0 where the level is not known. ``remainder_us`` is then the CPU of other threads.
    ``runs`` counts the sampled processes of baseline and candidate; ``spread`` is the relative standard deviation from one
    process to another that every test allows for; ``least_us`` is the smallest difference flagged.
    """

    baseline: str
    candidate: str
    layers: tuple[LayerDifference, ...]
    sampled_us: Estimate
    control_us: Estimate | None
    remainder_us: float | None
    functions_tested: int
    runs: tuple[int, int]
    spread: float
    least_us: float
    scaled: tuple[float, float] = (1.0, 1.0)

    def self_check(self, tolerance: float = 0.01) -> None:
        """Assert that functions add up to layers, layers to the sampled difference, and with the remainder to the control's.

        Raises:
            AssertionError: they do not, within ``tolerance`` of the larger side.
        """
        for row in self.layers:
            parts = sum(function.cost.difference_us.value for function in row.functions) + row.others_us
            _close(parts, row.cost.difference_us.value, tolerance, f"functions of {row.layer}")
        total = sum(row.cost.difference_us.value for row in self.layers)
        _close(total, self.sampled_us.value, tolerance, "layers")
        if self.control_us is not None and self.remainder_us is not None:
            _close(total + self.remainder_us, self.control_us.value, tolerance, "layers and remainder")


def _close(left: float, right: float, tolerance: float, what: str) -> None:
    assert abs(left - right) <= tolerance * max(abs(left), abs(right)) + 1e-6, f"{what}: {left} is not {right}"


@dataclass(frozen=True, slots=True)
class CounterDifference:
    """One counter in both arms; an absent side is None. ``above`` says that the candidate exceeds what is expected."""

    name: str
    unit: str
    meaning: str
    expected: float | None
    baseline: float | None
    candidate: float | None
    ratio: float | None
    above: bool


@dataclass(slots=True)
class DifferenceNode:
    """A node of two merged call trees. ``location`` is None for the root and for the first level, the layers.

    ``smaller`` counts the light nodes that a merged node stands for. Weights are microseconds of CPU per request.
    """

    layer: Layer | None
    location: CodeLocation | None = None
    baseline_self_us: float = 0.0
    candidate_self_us: float = 0.0
    baseline_us: float = 0.0
    candidate_us: float = 0.0
    significant: bool = False
    smaller: int = 0
    children: list["DifferenceNode"] = field(default_factory=list)

    @property
    def difference_us(self) -> float:
        return self.candidate_us - self.baseline_us

    @property
    def title(self) -> str:
        """The frame's name, the layer's where the node is one, ``all requests`` of the root."""
        if self.smaller:
            return f"({self.smaller} smaller)"
        return self.location.name if self.location else str(self.layer or "all requests")

    def self_check(self, tolerance_us: float = 1e-6) -> None:
        """Assert that in both arms every total is the node's own weight and its children's, and nothing is negative.

        Raises:
            AssertionError: the arithmetic of the tree does not hold.
        """
        pending = [self]
        while pending:
            node = pending.pop()
            for own, total, below in (
                (node.baseline_self_us, node.baseline_us, sum(child.baseline_us for child in node.children)),
                (node.candidate_self_us, node.candidate_us, sum(child.candidate_us for child in node.children)),
            ):
                assert own >= -tolerance_us, f"negative own weight at {node.title}"
                assert abs(own + below - total) <= tolerance_us * max(1.0, total), (
                    f"{node.title}: {own}+{below} != {total}"
                )
            pending.extend(node.children)


@dataclass(frozen=True, slots=True)
class OneSided:
    """A frame that only one arm has, below which nothing of it is shared: its layer and total cost there."""

    location: CodeLocation
    layer: Layer
    us_per_request: float
    candidate: bool


@dataclass(frozen=True, slots=True)
class FlameDifference:
    """Two call trees as one: first the canonical layers, then frames from where the layer takes over inwards."""

    baseline: str
    candidate: str
    root: DifferenceNode
    one_sided: tuple[OneSided, ...]
