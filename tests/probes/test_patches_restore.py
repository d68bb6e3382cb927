"""What was replaced is put back exactly: inherited attributes go, aliases return, order does not matter."""

import functools
import inspect
import types
from collections.abc import Iterator
from sys import modules

import pytest

from clientprof.probes.patches import Patches


class Base:
    def method(self) -> str:
        return "base"

    @staticmethod
    def static() -> str:
        return "static"


class Heir(Base):
    pass


def replacement(*_: object) -> str:
    return "replaced"


@pytest.fixture
def home_and_user() -> Iterator[tuple[types.ModuleType, types.ModuleType]]:
    """A module with a function, and one that has imported it under another name."""
    home, user = types.ModuleType("clientprof_test_home"), types.ModuleType("clientprof_test_user")
    vars(home).update(function=lambda: "original", other=1)
    vars(user).update(alias=vars(home)["function"], other=vars(home)["other"])
    modules.update({home.__name__: home, user.__name__: user})
    yield home, user
    del modules[home.__name__], modules[user.__name__]


def test_an_inherited_attribute_is_not_left_on_the_heir() -> None:
    patches = Patches()
    patches.set(Heir, "method", replacement)
    assert Heir().method() == "replaced"
    assert Base().method() == "base"
    patches.restore()
    assert "method" not in vars(Heir)
    assert Heir().method() == "base"


def test_a_static_method_comes_back_as_the_same_object() -> None:
    before = vars(Base)["static"]
    patches = Patches()
    patches.set(Base, "static", replacement)
    patches.restore()
    assert vars(Base)["static"] is before


def test_patches_on_top_of_each_other_come_off_in_reverse() -> None:
    before = vars(Base)["method"]
    patches = Patches()
    patches.set(Base, "method", replacement)
    patches.set(Base, "method", lambda self: "second")
    assert Base().method() == "second"
    patches.restore()
    assert vars(Base)["method"] is before


def test_restoring_twice_does_no_harm() -> None:
    patches = Patches()
    patches.set(Base, "method", replacement)
    patches.restore()
    patches.restore()
    assert Base().method() == "base"


def test_everywhere_reaches_names_imported_from_the_module(
    home_and_user: tuple[types.ModuleType, types.ModuleType],
) -> None:
    home, user = map(vars, home_and_user)
    original = home["function"]
    patches = Patches()
    patches.set_everywhere(home_and_user[0], "function", replacement)
    assert home["function"]() == user["alias"]() == "replaced"
    assert user["other"] == 1
    patches.restore()
    assert home["function"] is original
    assert user["alias"] is original


def test_everywhere_on_a_class_touches_the_class_only(
    home_and_user: tuple[types.ModuleType, types.ModuleType],
) -> None:
    vars(home_and_user[1])["borrowed"] = Base.method
    patches = Patches()
    patches.set_everywhere(Base, "method", replacement)
    assert vars(home_and_user[1])["borrowed"](Base()) == "base"
    patches.restore()


class Told:
    def method(self, request: str, *, timeout: float = 1.0) -> str:
        return request

    @staticmethod
    def static(request: str) -> str:
        return request

    async def awaited(self, request: str) -> str:
        return request


@pytest.mark.parametrize("name", ["method", "static", "awaited"])
def test_a_wrapper_tells_the_parameters_of_what_it_wraps(name: str) -> None:
    # respx asks for them, and hands arguments on by the names that it is told.
    original = getattr(Told, name)
    told = inspect.getfullargspec(original)

    @functools.wraps(original)
    def wrapper(*args: object, **kwargs: object) -> object:
        return original(*args, **kwargs)

    patches = Patches()
    patches.set(Told, name, staticmethod(wrapper) if name == "static" else wrapper)
    assert inspect.getfullargspec(getattr(Told, name)) == told
    assert inspect.signature(getattr(Told, name)) == inspect.signature(original)
    patches.restore()
    assert inspect.getfullargspec(getattr(Told, name)) == told
    assert not hasattr(original, "__signature__")


def test_partial_methods_made_of_a_method_go_with_it() -> None:
    def request(_self: object, verb: str, *, body: str = "") -> str:
        return verb + body

    get, put = functools.partialmethod(request, "GET"), functools.partialmethod(request, "PUT", body="!")
    kind = type("Session", (), {"request": request, "get": get, "put": put})
    before = dict(vars(kind))
    patches = Patches()
    patches.set_everywhere(kind, "request", lambda _self, verb, body="": f"seen {verb}{body}")
    assert (kind().get(), kind().put()) == ("seen GET", "seen PUT!")  # type: ignore[attr-defined]
    patches.restore()
    assert dict(vars(kind)) == before
    assert (kind().get(), kind().put()) == ("GET", "PUT!")  # type: ignore[attr-defined]
