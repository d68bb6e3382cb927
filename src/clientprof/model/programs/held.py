"""What a program held when so many of its requests had ended, where its memory was looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeldLook:
    """Bytes of Python's allocators asked for since tracing began, garbage collected, the instruments' own left out."""

    ended: int
    in_flight: int
    held_bytes: int


@dataclass(frozen=True, slots=True)
class MemoryHolder:
    """A line that held more when ``ended`` requests had ended than when half of them had: for each request between."""

    ended: int
    file: str
    line: int
    function: str
    bytes_per_request: float
    blocks_per_request: float
