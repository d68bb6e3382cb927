"""Whole numbers as short text: what pictures are drawn from would be half of the page as JSON digits.

Each number is one or more characters of five bits, the lowest first; a sixth bit says that more follow. This is the
base-64 VLQ of source maps (ECMA-426, section 6.2) without its sign, over the alphabet of RFC 4648, section 5.
"""

from collections.abc import Iterable

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def packed_numbers(values: Iterable[int]) -> str:
    """The numbers, one after the other; ``unpackNumbers`` in ``numbers.js`` reads them.

    Raises:
        ValueError: a number is negative.
    """
    written: list[str] = []
    for value in values:
        if value < 0:
            raise ValueError(f"{value} is negative")
        while value > 31:
            written.append(_DIGITS[32 | value & 31])
            value >>= 5
        written.append(_DIGITS[value])
    return "".join(written)
