"""A package is a package wherever it lies: its code is not taken for the program's."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from clientprof.probes import package_places
from clientprof.probes.locations import shorten
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import APP, CLIENT, PACKAGE, Sites, package_of, place_of


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout with a client ``fetcher`` in ``src``, on the path as an editable install puts it there."""
    monkeypatch.setattr(package_places, "_libraries", {})
    package = tmp_path / "src" / "fetcher"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "_pool.py").write_text("")
    (tmp_path / "src" / "app.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    yield tmp_path / "src"
    sys.modules.pop("fetcher", None)


def code_in(path: Path) -> CodeType:
    return compile("", str(path), "exec")


def test_a_client_that_is_developed_here_is_no_part_of_the_program(tree: Path) -> None:
    sites = Sites(Names(), ("fetcher",))
    importlib.import_module("fetcher")
    assert sites.kind(code_in(tree / "fetcher" / "_pool.py")) == CLIENT
    assert sites.kind(code_in(tree / "app.py")) == APP
    assert place_of(str(tree / "fetcher" / "_pool.py")) == ("fetcher/_pool.py", "package")
    assert place_of(str(tree / "app.py"))[1] == "app"


def test_a_measured_client_that_is_developed_here_is_named_from_its_package_on(tree: Path) -> None:
    package_places.libraries(["fetcher"])
    importlib.import_module("fetcher")
    assert shorten(str(tree / "fetcher" / "_pool.py")) == ("fetcher/_pool.py", "package")
    assert shorten(str(tree / "app.py"))[1] == "app"


@pytest.mark.usefixtures("tree")
def test_a_client_of_that_name_elsewhere_does_not_make_a_programs_folder_one(tmp_path: Path) -> None:
    sites = Sites(Names(), ("fetcher",))
    importlib.import_module("fetcher")
    assert sites.kind(code_in(tmp_path / "fetcher" / "main.py")) == APP


def test_packages_with_their_metadata_beside_them_were_installed_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("some_sdk-1.2.dist-info", "some_sdk", "handlers"):
        (tmp_path / name).mkdir()
    assert package_of(str(tmp_path / "some_sdk" / "_base.py")) == "some_sdk"
    assert Sites(Names(), ()).kind(code_in(tmp_path / "some_sdk" / "_base.py")) == PACKAGE
    assert package_of(str(tmp_path / "handlers" / "main.py")) is None


def test_a_module_that_loads_itself_when_it_is_asked_is_not_asked(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lazy(type(sys)):  # type: ignore[misc]
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(f"asked for {name}")

    monkeypatch.setitem(sys.modules, "fetcher", Lazy("fetcher"))
    package_places.libraries(["fetcher"])
    assert package_places.below_packages(str(tree / "app.py")) is None
