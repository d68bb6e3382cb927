"""How much a transport is given, without taking any of it."""

from array import array
from typing import Any

import pytest

from clientprof.probes.written_sizes import size_of


@pytest.mark.parametrize(
    ("given", "size"),
    [
        (b"abc", 3),
        (bytearray(b"abcd"), 4),
        (memoryview(array("i", [1, 2])), 2 * array("i").itemsize),
        ([b"abc", memoryview(b"de")], 5),
        ((b"abc",), 3),
        (None, -1),
    ],
)
def test_what_is_given_is_measured_in_bytes(given: Any, size: int) -> None:
    assert size_of(given) == size


def test_an_iterator_is_left_alone() -> None:
    given = iter([b"abc"])
    assert size_of(given) == -1
    assert list(given) == [b"abc"]
