"""``clientprof envs``: what is kept, and what is removed."""

import json
from pathlib import Path

import pytest

from clientprof.cli import main
from clientprof.experiments.environments.lock import locked
from store_folders import lay_down


@pytest.fixture
def envs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of environments: one used today, one ten days ago, one being built."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "clientprof" / "envs"
    lay_down(folder, "fresh")
    lay_down(folder, "old", label="aiohttp==3.9.5+uvloop", days_ago=10)
    lay_down(folder, ".building-other.4711", label="never whole")
    return folder


def here(*arguments: str) -> int:
    try:
        return main(["envs", *arguments])
    except SystemExit as ended:
        return int(str(ended.code))


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def test_the_list_shows_every_whole_one(envs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert here("list") == 0
    text = capsys.readouterr().out
    for word in ("httpx==0.27.2", "aiohttp==3.9.5+uvloop", "3.11.7", "size", "made", "last used"):
        assert word in text
    assert "never whole" not in text


def test_the_list_in_json_has_sizes_and_times(envs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert here("list", "--json") == 0
    fresh, old = json.loads(capsys.readouterr().out)
    assert (fresh["client"], old["client"]) == ("httpx==0.27.2", "aiohttp==3.9.5+uvloop")
    record = (envs / "fresh" / "environment.json").stat().st_size
    assert fresh["size_bytes"] == 1000 + record
    assert 9.9 < (fresh["used_s"] - old["used_s"]) / 86_400 < 10.1


def test_without_any_the_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert here("list") == 0
    assert f"No environments in {tmp_path}" in capsys.readouterr().out
    assert here("prune", "--all") == 0
    assert "0 removed" in capsys.readouterr().out


def test_pruning_by_days_keeps_what_was_used_since(envs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert here("prune", "--days", "9") == 0
    assert "removed aiohttp==3.9.5+uvloop (Python 3.11.7)" in capsys.readouterr().out
    assert kept(envs) == ["fresh"]


def test_pruning_all_removes_all_and_what_killed_builds_left(envs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert here("prune", "--all", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert sorted(told["removed"]) == ["aiohttp==3.9.5+uvloop", "httpx==0.27.2"]
    assert told["freed_bytes"] > 2000
    assert kept(envs) == []


def test_one_that_another_command_is_making_stays(envs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with locked(envs / ".fresh.lock"), locked(envs / ".other.lock"):
        assert here("prune", "--all") == 0
    assert "kept httpx==0.27.2: another command is just making it" in capsys.readouterr().out
    assert kept(envs) == [".building-other.4711", "fresh"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("prune",), "say what to prune: --all, or --days N"),
        (("prune", "--all", "--days", "3"), "say what to prune"),
        (("prune", "--days", "-1"), "--days must be 0 or more"),
        (("prune", "--days", "nan"), "--days must be 0 or more"),
        (("list", "--all"), "go with `envs prune`"),
        (("make",), "invalid choice: 'make'"),
        ((), "required: action"),
    ],
)
def test_wrong_use_is_refused_and_removes_nothing(
    arguments: tuple[str, ...], said: str, envs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here(*arguments) == 2
    assert said in capsys.readouterr().err
    assert kept(envs) == [".building-other.4711", "fresh", "old"]
