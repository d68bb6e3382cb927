"""What a sampler saw: code locations, stacks, and the aggregated call tree made of them."""

from dataclasses import dataclass, field

from clientprof.model.layers import Layer


@dataclass(frozen=True, slots=True)
class CodeLocation:
    """A function as the recording names it. ``file`` is package-relative, never a path of the user's machine.

    ``origin`` is one of ``package`` (site-packages), ``stdlib``, ``app``, ``profiler``.
    """

    module: str
    function: str
    file: str
    line: int
    origin: str

    @property
    def name(self) -> str:
        return f"{self.module}.{self.function}" if self.module else self.function


@dataclass(frozen=True, slots=True)
class Boundary:
    """A function whose callees belong to its layer until another boundary is entered.

    ``found`` is False where the installed version has no such function; ``line`` is its first line, 0 if not found.
    """

    module: str
    function: str
    layer: Layer
    found: bool
    file: str = ""
    line: int = 0


@dataclass(slots=True)
class CallNode:
    """A node of the aggregated call tree. Weights are CPU in microseconds per request.

    ``self_us`` is the node's own, ``total_us`` includes its children. ``layer`` is the owner layer of the node's weight.
    ``running_us`` is the part of ``self_us`` in which some request was running; the rest the loop spent for none.
    """

    location: CodeLocation
    layer: Layer
    self_us: float = 0.0
    total_us: float = 0.0
    samples: int = 0
    children: list["CallNode"] = field(default_factory=list)
    running_us: float = 0.0

    def self_check(self, tolerance_us: float = 1e-6) -> None:
        """Assert that totals are the sum of own weight and children, and that nothing is negative.

        Raises:
            AssertionError: the arithmetic of the tree does not hold.
        """
        stack = [self]
        while stack:
            node = stack.pop()
            below = sum(child.total_us for child in node.children)
            assert node.self_us >= -tolerance_us, f"negative own weight at {node.location.name}"
            assert -tolerance_us <= node.running_us <= node.self_us + tolerance_us * max(1.0, node.self_us), (
                f"{node.location.name}: {node.running_us} running of {node.self_us} own"
            )
            assert abs(node.self_us + below - node.total_us) <= tolerance_us * max(1.0, node.total_us), (
                f"{node.location.name}: {node.self_us} own + {below} below != {node.total_us} total"
            )
            stack.extend(node.children)


@dataclass(frozen=True, slots=True)
class Profile:
    """All samples of one client: the call tree and what it rests on. Weights in microseconds of CPU per request.

    ``running_us_per_request`` is the part of the CPU in which some request was in the state ``running``; None where the
    samples do not say for whom the code ran. No sample tells of the states ``ready`` and ``waiting``: they take no CPU.
    """

    root: CallNode
    samples: int
    requests: int
    cpu_us_per_request: float
    interval_us: float
    running_us_per_request: float | None = None
