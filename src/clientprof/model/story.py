"""A named scenario's answer: its story, one table with a row per way of doing it, and what follows from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoryColumn:
    """A column of figures. ``unit`` is empty for plain counts and ratios; ``places`` are decimal places."""

    title: str
    unit: str = ""
    places: int = 1


@dataclass(frozen=True, slots=True)
class StoryRow:
    """One way of doing it; a value per column, None where it was not measured."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What the scenario is about, its figures, and sentences that the figures support. ``name`` is its command's."""

    name: str
    text: str
    columns: tuple[StoryColumn, ...]
    rows: tuple[StoryRow, ...]
    remarks: tuple[str, ...] = ()
