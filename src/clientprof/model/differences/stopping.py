"""Why the measuring of a comparison ended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stopping:
    """Why measuring ended: the widest interval's half-width and its aim (relative), blocks made and the most allowed.

    It took ``seconds`` as a whole. ``verdict_seconds`` until the blocks were over, and the verdict stood; None where that is
    not known.
    """

    reason: str
    blocks: int
    most_blocks: int | None
    half_width: float | None
    aim: float
    seconds: float | None = None
    verdict_seconds: float | None = None
