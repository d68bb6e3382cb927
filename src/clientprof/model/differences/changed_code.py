"""The code that differs between the arms of a comparison: as it is recorded, and as it is shown beside what moved."""

from dataclasses import dataclass

from clientprof.model.layers import Layer
from clientprof.model.samples import CodeLocation


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """One function's text. ``file`` and ``function`` are those of a location, ``line`` is its first line, counted from 1."""

    file: str
    function: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ArmCode:
    """The functions of one arm that are not the same in all arms: each that another arm has otherwise, or not at all.

    ``left_out`` counts those that were too much to keep.
    """

    client: str
    functions: tuple[FunctionCode, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class FunctionLines:
    """What changed in one function. ``lines`` begin with ``+``, ``-``, a space, or ``@@`` where a piece begins;
    ``more`` counts those beyond the most that are kept. ``significant``: the function's cost differs by itself."""

    location: CodeLocation
    lines: tuple[str, ...]
    more: int
    significant: bool


@dataclass(frozen=True, slots=True)
class LayerLines:
    """The changed functions of a layer that moved, by ``difference_us`` per request; those that differ in cost first."""

    layer: Layer
    difference_us: float
    functions: tuple[FunctionLines, ...]


@dataclass(frozen=True, slots=True)
class CodeDifference:
    """The code of two arms beside the layers that moved. ``changed`` counts the functions whose text differs at all;
    ``others`` are those of them that no layer shows, as many as can be read; ``more`` names the rest, as
    ``module.function``."""

    layers: tuple[LayerLines, ...]
    changed: int
    others: tuple[FunctionLines, ...]
    more: tuple[str, ...] = ()
