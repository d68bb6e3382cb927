"""A part of other people's code that is not as an instrument knows it is found out before the instrument goes in."""

import asyncio
import functools
import sys
from types import ModuleType
from typing import Any

import pytest

from clientprof.probes.failures import Failures
from clientprof.probes.private_seams import PrivateSeam, Use, misfits, standing, with_global
from clientprof.probes.seam_table import RESTS_ON, SEAMS, Instrument, fits, resting_on

GLOBAL = "asyncio's"


class Known:
    """What the rows below were written against."""

    def __init__(self, size: int = 0) -> None:
        self.closed = False
        if size:
            raise ValueError(size)

    def write(self, data: bytes, *, server: object = None) -> None: ...

    async def read(self) -> None: ...

    def looks_up(self, more: int = 1) -> str:
        return GLOBAL * more

    @property
    def explosive(self) -> None:
        raise OSError

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> type[Any]:
    """The class, in a module of its own, and free to be changed."""
    module = ModuleType("known_library")
    copy = type("Known", (), dict(vars(Known)))
    module.Known = copy  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "known_library", module)
    return copy


def fault(path: str, use: Use, shape: str = "", *, needed: bool = True) -> str | None:
    return standing(PrivateSeam(f"known_library:{path}", use, shape, "1.0", needed)).fault


FITTING = [
    ("Known.write", Use.OVERRIDDEN, "self, data"),
    ("Known.write", Use.OVERRIDDEN, "self, data, server="),
    ("Known.write", Use.REPLACED, "self, data, server="),
    ("Known.write", Use.CALLED, "self, data"),
    ("Known.write", Use.CALLED, "self, data, server="),
    ("Known.read", Use.AWAITED, "self"),
    ("Known().closed", Use.READ, ""),
    ("Known.looks_up", Use.LOOKS_UP, "GLOBAL"),
]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("path", "use", "shape"), FITTING)
def test_what_is_as_it_was_read_fits(path: str, use: Use, shape: str) -> None:
    assert fault(path, use, shape) is None


@pytest.mark.parametrize(("path", "use", "shape"), FITTING)
def test_what_was_renamed_is_not_there_and_one_that_need_not_be_is_no_fault(
    path: str, use: Use, shape: str, known: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if path.startswith("Known()."):
        monkeypatch.setattr(known, "__init__", lambda self: None)
    else:
        monkeypatch.delattr(known, path.removeprefix("Known."))
    assert fault(path, use, shape) == "is not there"
    assert fault(path, use, shape, needed=False) is None


@pytest.mark.parametrize(
    ("use", "shape", "expected"),
    [
        (Use.OVERRIDDEN, "self, data", None),
        (Use.CALLED, "self, data", "takes (self, data, deadline) where (self, data) was expected"),
        (Use.REPLACED, "self, data", "takes (self, data, deadline) where (self, data) was expected"),
    ],
)
def test_a_further_required_parameter_is_a_fault_where_it_would_not_be_handed_on(
    use: Use, shape: str, expected: str | None, known: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "write", lambda self, data, deadline: None)
    assert fault("Known.write", use, shape) == expected


@pytest.mark.parametrize(("use", "fits_still"), [(Use.OVERRIDDEN, True), (Use.CALLED, True), (Use.REPLACED, False)])
def test_a_further_optional_parameter_is_a_fault_only_where_a_caller_could_pass_it_to_us(
    use: Use, fits_still: bool, known: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "write", lambda self, data, deadline=None: None)
    assert (fault("Known.write", use, "self, data") is None) == fits_still


@pytest.mark.parametrize(
    "changed", [lambda self, buffer: None, lambda self, flags, data: None, lambda self, *, data: None]
)
def test_a_parameter_that_the_override_looks_at_must_keep_its_name_and_place(
    changed: Any, known: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "write", changed)
    assert (fault("Known.write", Use.OVERRIDDEN, "self, data") or "").endswith("where (self, data) was expected")


def test_a_wrapper_that_takes_anything_fits_and_one_that_says_what_it_wraps_is_held_against_that(
    known: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def anything(*args: Any, **kwargs: Any) -> None: ...

    monkeypatch.setattr(known, "write", anything)
    assert fault("Known.write", Use.OVERRIDDEN, "self, data, server=") is None
    monkeypatch.setattr(known, "write", functools.wraps(lambda self, buffer: None)(anything))
    assert fault("Known.write", Use.OVERRIDDEN, "self, data") is not None


def test_a_function_that_is_of_another_kind_does_not_fit(known: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "read", lambda self: None)
    assert fault("Known.read", Use.AWAITED, "self") == "is no coroutine function"
    # C code that does not say what it takes, such as uvloop's before 0.21, does not say either that it is awaited.
    monkeypatch.setattr(known, "read", dict.update)
    assert fault("Known.read", Use.AWAITED, "self") is None
    for other in (5, int):
        monkeypatch.setattr(known, "write", other)
        assert fault("Known.write", Use.OVERRIDDEN, "self") == "is no function"
    monkeypatch.setattr(known, "looks_up", lambda self: "another")
    assert fault("Known.looks_up", Use.LOOKS_UP, "GLOBAL") == "does not look up GLOBAL"
    monkeypatch.setattr(known, "looks_up", len)
    assert fault("Known.looks_up", Use.LOOKS_UP, "GLOBAL") == "does not look up GLOBAL"


@pytest.mark.usefixtures("known")
def test_what_raises_when_it_is_looked_at_is_a_fault_and_no_error() -> None:
    assert fault("Known().explosive", Use.READ) == "raises OSError"


def test_a_constructor_that_wants_more_is_a_fault_and_an_instance_that_was_made_is_closed(
    known: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    monkeypatch.setattr(known, "__init__", lambda self: made.append(self))
    assert fault("Known().close", Use.CALLED) is None
    assert made[0].closed
    monkeypatch.setattr(known, "__init__", lambda self, size: None)
    assert fault("Known().close", Use.CALLED) == "raises TypeError"


def test_a_function_of_c_without_a_signature_is_held_against_its_name_only() -> None:
    held = standing(PrivateSeam("socket:socket.recv", Use.OVERRIDDEN, "self", "3.11"))
    assert (held.fault, held.checked) == (None, False) or sys.version_info >= (3, 15)
    assert standing(PrivateSeam("socket:socket.gone", Use.OVERRIDDEN, "self", "3.11")).fault == "is not there"


def test_a_function_with_another_global_is_the_same_code_and_takes_what_it_took() -> None:
    copy = with_global(Known.looks_up, "GLOBAL", "ours")
    assert (copy(Known()), copy(Known(), more=2)) == ("ours", "oursours")
    assert Known().looks_up() == "asyncio's"
    assert copy.__code__ is Known.looks_up.__code__


def test_every_row_of_the_table_that_this_interpreter_has_fits_it() -> None:
    pytest.importorskip("trio")
    pytest.importorskip("uvloop")
    assert {str(instrument): misfits(rows) for instrument, rows in SEAMS.items() if misfits(rows)} == {}
    assert set(SEAMS) == set(Instrument)


def test_an_instrument_that_does_not_fit_is_named_with_all_that_rests_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(asyncio.events.Handle, "_run")
    failures = Failures()
    assert not fits(Instrument.STEPS, failures)
    (note,) = failures.notes
    assert note.startswith("left out: steps of the event loop, ")
    assert note.endswith(": asyncio.events:Handle._run is not there")
    assert all(str(above) in note for above in resting_on(Instrument.STEPS))
    assert Instrument.TLS_TRANSPORTS in resting_on(Instrument.STEPS)
    assert set(RESTS_ON) & set(resting_on(Instrument.HANDSHAKES)) == set()
