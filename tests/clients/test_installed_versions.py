"""The version that runs, where one distribution has overwritten another's files."""

import base64
import hashlib
from pathlib import Path

import pytest

from clientprof.clients.httpx_client import HttpxAdapter
from clientprof.clients.installed import installed_version


def install(folder: Path, name: str, version: str, package: str, text: str) -> None:
    """What an installer does with a wheel of one file: write it, and list it with its digest."""
    place = folder / package / "__init__.py"
    place.parent.mkdir(exist_ok=True)
    place.write_text(text)
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text(f"{package}/__init__.py,sha256={digest},{len(text)}\n")


def test_files_of_another_distribution_have_its_version_and_its_name(tmp_path: Path) -> None:
    install(tmp_path, "pool", "2.8.0", "pool", "one = 1\n")
    assert installed_version("pool", [str(tmp_path)]) == "2.8.0"
    install(tmp_path, "pool_future", "2.25.904", "pool", "two = 2\n")
    assert installed_version("pool", [str(tmp_path)]) == "2.25.904@pool_future"
    assert installed_version("pool-future", [str(tmp_path)]) == "2.25.904"


def test_a_file_that_somebody_edited_keeps_its_version(tmp_path: Path) -> None:
    install(tmp_path, "pool", "2.8.0", "pool", "one = 1\n")
    (tmp_path / "pool" / "__init__.py").write_text("one = 2\n")
    assert installed_version("pool", [str(tmp_path)]) == "2.8.0"
    (tmp_path / "pool" / "__init__.py").unlink()
    assert installed_version("pool", [str(tmp_path)]) == "2.8.0"


def test_what_is_not_installed_has_no_version(tmp_path: Path) -> None:
    assert installed_version("pool", [str(tmp_path)]) is None


@pytest.mark.parametrize("package", ["httpx", "httpcore", "anyio"])
def test_a_client_s_packages_are_those_installed(package: str) -> None:
    assert HttpxAdapter.installed_packages()[package] == installed_version(package)
    assert "@" not in HttpxAdapter.installed_packages()[package]
