"""The patches of httpx's transports: whatever the program asked for gives way, and they go together in either order."""

import importlib.util
import sys
from types import ModuleType
from typing import Any

import pytest

from clientprof.experiments.suspects.suspect import PATCHES


class Limits:
    """As httpx has it."""

    def __init__(self, max_connections: int, max_keepalive_connections: int, keepalive_expiry: float = 5.0) -> None:
        self.keepalive_expiry = keepalive_expiry
        self.all = (max_connections, max_keepalive_connections, keepalive_expiry)


class Transport:
    """A transport that keeps what it was asked for."""

    def __init__(self, verify: bool = True, http2: bool = False, limits: Limits = Limits(100, 20)) -> None:  # noqa: B008
        self.found = (verify, http2, limits.all)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A package like httpx, under another name."""
    default, config = ModuleType("otherhttpx._transports.default"), ModuleType("otherhttpx._config")
    for name in ("AsyncHTTPTransport", "HTTPTransport"):
        setattr(default, name, type(name, (Transport,), {"__init__": Transport.__init__}))
    config.Limits = Limits  # type: ignore[attr-defined]
    packages = [ModuleType(name) for name in ("otherhttpx", "otherhttpx._transports")]
    for module in (*packages, default, config):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return default


def apply(patch: str, argument: str) -> None:
    spec = importlib.util.spec_from_file_location(f"patch_{patch}", PATCHES / f"{patch}.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.apply(argument)


@pytest.mark.parametrize("first_is_http2", [True, False])
def test_http2_and_a_limit_go_together_in_either_order(client: Any, first_is_http2: bool) -> None:
    both = [("http2", "otherhttpcore"), ("connection_limit", "otherhttpcore:512")]
    for patch, argument in both if first_is_http2 else reversed(both):
        apply(patch, argument)
    for kind in (client.AsyncHTTPTransport, client.HTTPTransport):
        assert kind().found == (True, True, (512, 512, 5.0))


def test_a_limit_that_the_program_set_gives_way_and_its_other_settings_stay(client: Any) -> None:
    apply("connection_limit", "otherhttpcore:7")
    made = client.AsyncHTTPTransport(False, limits=Limits(3, 3, 60.0))
    assert made.found == (False, False, (7, 7, 60.0))


def test_a_transport_without_the_option_is_said_to_lack_it(client: Any) -> None:
    client.AsyncHTTPTransport.__init__ = lambda self: None
    for patch, argument in (("http2", "otherhttpcore"), ("connection_limit", "otherhttpcore:7")):
        with pytest.raises(LookupError, match="AsyncHTTPTransport of httpx with"):
            apply(patch, argument)
