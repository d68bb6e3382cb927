"""Why the measuring of a comparison ended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """How narrow the widest interval was after so many blocks, ``seconds`` after the start; None: too few for one."""

    blocks: int
    seconds: float
    half_width: float | None


@dataclass(frozen=True, slots=True)
class Stopping:
    """Why measuring ended: the widest interval's half-width and its aim (relative), blocks made and the most allowed.

    It took ``seconds`` as a whole. ``verdict_seconds`` until the blocks were over, and the verdict stood; None where that is
    not known. ``looks`` are those of this measuring, one after each block.
    """

    reason: str
    blocks: int
    most_blocks: int | None
    half_width: float | None
    aim: float
    seconds: float | None = None
    verdict_seconds: float | None = None
    looks: tuple[Look, ...] = ()
