"""Integer columns survive the way to disk, and numpy reads the same bytes."""

import io
import sys
from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.recording import npy

integers = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=200)


@given(integers)
def test_a_column_comes_back_as_it_was(values: list[int]) -> None:
    assert npy.unpack(npy.pack(array("q", values))) == array("q", values)


@given(integers)
def test_numpy_reads_the_same_integers(values: list[int]) -> None:
    loaded = np.load(io.BytesIO(npy.pack(array("q", values))), allow_pickle=False)
    assert loaded.dtype == np.dtype(np.int64)
    assert loaded.tolist() == values


@given(integers)
def test_what_numpy_wrote_is_read(values: list[int]) -> None:
    file = io.BytesIO()
    np.save(file, np.array(values, dtype=np.int64))
    assert npy.unpack(file.getvalue()).tolist() == values


def test_the_other_byte_order_is_turned_round() -> None:
    file = io.BytesIO()
    other = ">i8" if sys.byteorder == "little" else "<i8"
    np.save(file, np.array([1, -2, 2**40], dtype=other))
    assert npy.unpack(file.getvalue()).tolist() == [1, -2, 2**40]


@given(integers, st.data())
def test_every_truncation_is_an_error(values: list[int], data: st.DataObject) -> None:
    whole = npy.pack(array("q", values))
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ValueError, match=r"NPY|column of"):
        npy.unpack(whole[:cut])


@given(st.binary(max_size=300))
def test_foreign_bytes_are_an_error_and_nothing_else(data: bytes) -> None:
    for text in (data, b"\x93NUMPY\x01\x00" + data, b"\x93NUMPY\x01\x00" + len(data).to_bytes(2, "little") + data):
        with pytest.raises(ValueError, match=r"NPY|column of"):
            npy.unpack(text)


@pytest.mark.parametrize("kind", ["<i4", "<f8", "|u1"])
def test_columns_of_another_type_are_refused_by_name(kind: str) -> None:
    file = io.BytesIO()
    np.save(file, np.zeros(3, dtype=kind))
    with pytest.raises(ValueError, match="expected 64-bit integers"):
        npy.unpack(file.getvalue())


def with_header(header: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + array("q", [7]).tobytes()


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}",
        "{'shape': (1,), 'fortran_order': True, 'descr': '<i8', }   \n",
        '{"descr":"<i8","fortran_order":False,"shape":( 1 , ),}\n',
    ],
)
def test_the_header_is_read_however_its_dictionary_is_written(header: str) -> None:
    data = with_header(header)
    assert np.load(io.BytesIO(data)).tolist() == [7]
    assert npy.unpack(data).tolist() == [7]


@pytest.mark.parametrize(
    "header",
    [
        "{'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<i8', 'fortran_order': False}",
        "{'descr': '<i8', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (1, 1)}",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': [('a', '<i8')], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<i8', 'shape': (1,)",
        " " * 60_000,
        "{" + " " * 60_000,
        "{'descr': '<i8', " * 3_000,
    ],
)
def test_a_header_of_anything_but_one_column_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="unreadable NPY header"):
        npy.unpack(with_header(header))
