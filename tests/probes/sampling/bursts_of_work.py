"""Work of two parts, one after the other, and what the sampler's columns say of a function."""

from array import array
from collections.abc import Mapping, Sequence
from time import thread_time_ns
from types import CodeType

EARLY_NS, LATE_NS = 200_000, 100_000


def burn(cpu_ns: int) -> None:
    until_ns = thread_time_ns() + cpu_ns
    while thread_time_ns() < until_ns:
        pass


def early() -> None:
    burn(EARLY_NS)


def late() -> None:
    burn(LATE_NS)


def weight_in(columns: Mapping[str, "array[int]"], codes: Sequence[CodeType], function: str) -> int:
    """CPU of the samples in whose stack the function is, nanoseconds."""
    first, count, frames = (columns[name] for name in ("stack.first", "stack.count", "frame.code"))
    names = [
        {codes[code].co_name for code in frames[start : start + length]}
        for start, length in zip(first, count, strict=True)
    ]
    rows = zip(columns["sample.stack"], columns["sample.weight_ns"], strict=True)
    return sum(weight for stack, weight in rows if stack >= 0 and function in names[stack])
