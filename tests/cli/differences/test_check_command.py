"""A branch is held against its bounds: one call in a hundred more is refused each time, nothing more never is."""

import importlib.metadata
import json
import shutil
from pathlib import Path

import h11
import pytest

from command import run
from source_trees import committed, project, run_git

CONFIG = """
[tool.clientprof]
client = "httpx2+h11"
base = "main"
scenarios = ["c4/1k"]
bounds = ["pool passes per request <= 2", "calls <= 1.005 x base"]
"""
ENTRY = "    def next_event(self)"


@pytest.fixture(scope="module")
def branches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """h11 as it is installed here on main, with a comment on one branch and three property reads on another."""
    tree = project(tmp_path_factory.mktemp("trees") / "h11", "h11", importlib.metadata.version("h11"), more=CONFIG)
    shutil.copytree(Path(h11.__file__).parent, tree / "h11", dirs_exist_ok=True)
    shutil.rmtree(tree / "h11" / "__pycache__", ignore_errors=True)
    committed(tree, "First")
    run_git(tree, "branch", "-M", "main")
    file = tree / "h11" / "_connection.py"
    text = file.read_text()
    before, entry, after = text.partition(ENTRY)
    signature, colon, body = after.partition(":\n")
    for branch, line in (
        ("comment", "# A remark.\n"),
        ("slow", "for _ in range(3):\n            self.trailing_data\n"),
    ):
        run_git(tree, "checkout", "-q", "-b", branch, "main")
        file.write_text(f"{before}{entry}{signature}{colon}        {line}{body}")
        committed(tree, branch)
    return tree


@pytest.mark.slow
def test_a_branch_that_calls_more_is_refused_by_function_and_one_that_does_not_is_not(
    branches: Path, index: None, tmp_path: Path
) -> None:
    config = ("check", "--config", str(branches / "pyproject.toml"), "--quiet")
    counts = tmp_path / "counts.json"
    same = run(*config, "--head", "comment", "--json")
    assert same.code == 0, same.err
    assert {row["outcome"] for row in json.loads(same.out)["bounds"]} == {"kept"}
    assert str(branches) not in same.out
    assert run(*config, "--head", "main", "--save-baseline", str(counts)).code == 0
    assert run(*config, "--head", "comment", "--baseline", str(counts)).code == 0
    slow = run(*config, "--head", "slow", "--github")
    assert slow.code == 3, slow.err
    (line,) = slow.out.splitlines()
    assert line.startswith("::error file=h11/_connection.py,line=")
    assert "c4/1k: calls <= 1.005 x base is broken: " in line
    assert "most of it in h11._connection.Connection.trailing_data (13 calls, 1 before)" in line
    assert line.endswith("changed: h11._connection.Connection.next_event")


def test_what_cannot_be_checked_is_refused_before_anything_is_built(branches: Path, tmp_path: Path) -> None:
    config = ("check", "--config", str(branches / "pyproject.toml"))
    for arguments, said in (
        (("--base", "nowhere"), "the repository h11 has no revision 'nowhere'"),
        (("--json", "--github"), "--json and --github both print on standard output; give one"),
        (("--config", str(tmp_path / "none.toml")), "there is no none.toml here; name the file with --config"),
    ):
        ran = run(*config, *arguments)
        assert (ran.code, ran.out, ran.err) == (2, "", f"clientprof: {said}\n")
