"""What became of the conditions that a comparison was to be held against."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a condition for one arm; it is written for what must not be."""

    HOLDS = "fails"
    NOT = "passes"
    UNDECIDED = "not decided"


@dataclass(frozen=True, slots=True)
class Checked:
    """A condition, as the user wrote it, decided for one arm, with the reason in words."""

    text: str
    arm: str
    outcome: Outcome
    reason: str
