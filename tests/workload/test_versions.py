"""The version that is measured is the one asked for, and the one that the package says it is."""

import importlib.metadata
import re

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import ClientOptions
from clientprof.workload.inventory import take_inventory
from clientprof.workload.versions import VersionMismatch, same_version, unlike_known, verified_version
from measurable_clients import HERE


@pytest.mark.parametrize(
    ("one", "other"), [("2.0", "2.0.0"), ("v1.2", "1.2"), ("1.0rc1", "1.0.rc.1"), ("1.0-beta2", "1.0b2"), ("0", "0.0")]
)
def test_spellings_of_one_version_are_the_same(one: str, other: str) -> None:
    assert same_version(one, other)
    assert same_version(other, one)


@pytest.mark.parametrize(("one", "other"), [("2.0", "2.0.1"), ("1.0", "1.0rc1"), ("1.10", "1.1"), ("", "0")])
def test_other_versions_are_not(one: str, other: str) -> None:
    assert not same_version(one, other)


@pytest.mark.parametrize("client", HERE)
def test_an_installed_client_is_what_it_says(client: str) -> None:
    kind = CLIENTS[client]
    version = verified_version(kind())
    if kind.package:
        assert same_version(version, importlib.metadata.version(kind.package))
    assert verified_version(kind(), version) == version


def test_another_version_than_asked_for_is_refused() -> None:
    with pytest.raises(VersionMismatch, match=r"httpx==0\.1 was asked for and 0\.\S+ is installed"):
        verified_version(CLIENTS["httpx"](), "0.1")


def test_a_module_that_was_replaced_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    monkeypatch.setattr(httpx, "__version__", "2.99")
    with pytest.raises(VersionMismatch, match=r"installed as 0\.\S+ and its module says 2\.99"):
        verified_version(CLIENTS["httpx"]())


def test_a_version_that_lacks_what_the_adapter_uses_is_named_with_the_versions_that_it_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import httpx

    adapter = CLIENTS["httpx"]
    monkeypatch.delattr(httpx, "AsyncClient")
    with pytest.raises(AttributeError) as caught:
        adapter().build(ClientOptions())
    said = unlike_known(adapter, caught.value)
    assert said is not None
    assert re.fullmatch(r"httpx 0\.\S+ does not work as clientprof uses it, which was written for httpx 0\.28 .*", said)
    assert said.endswith("(AttributeError: module 'httpx' has no attribute 'AsyncClient')")
    assert unlike_known(adapter, OSError("no such core")) is None


def test_a_module_that_does_not_say_its_version_is_unlike_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    monkeypatch.delattr(httpx, "__version__")
    problem = take_inventory("httpx").problem
    assert problem is not None
    assert "does not work as clientprof uses it" in problem
