"""A commit has links where a branch of a known public repository on GitHub has it, and nowhere else."""

from pathlib import Path

import pytest

from clientprof.experiments.sources.asked import read_source
from clientprof.experiments.sources.published import published_at
from clientprof.experiments.sources.resolve import resolve
from source_trees import committed, project, run_git


def link_of(tree: Path, text: str, package: str = "h11") -> str | None:
    asked = read_source(text, lambda path: True)
    assert asked is not None
    return published_at(resolve(asked), package)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """h11 below src/ of a clone whose remote branch has its first commit, but not the second."""
    found = project(tmp_path / "tree" / "src", "h11").parent
    committed(found, "First")
    run_git(found, "update-ref", "refs/remotes/origin/master", "HEAD")
    (found / "more").touch()
    committed(found, "Second")
    return found


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/python-hyper/h11",
        "https://github.com/python-hyper/h11.git",
        "git@github.com:python-hyper/h11.git",
        "ssh://git@github.com/python-hyper/h11.git",
        "https://somebody:secret@github.com/python-hyper/h11.git",
    ],
)
def test_a_commit_that_the_public_remote_has_is_linked_and_a_newer_or_changed_one_is_not(tree: Path, url: str) -> None:
    run_git(tree, "remote", "add", "origin", url)
    commit = run_git(tree, "rev-parse", "HEAD~1").strip()
    root = f"https://github.com/python-hyper/h11/blob/{commit}/src/"
    assert link_of(tree, f"git:{tree}@HEAD~1") == root
    assert link_of(tree, f"git:{tree}@HEAD") is None
    assert link_of(tree, f"git:{tree}@HEAD~1", "nothing") is None
    run_git(tree, "checkout", "-q", "HEAD~1")
    assert link_of(tree, str(tree)) == root


def test_uncommitted_changes_are_nowhere_to_be_read(tree: Path) -> None:
    run_git(tree, "remote", "add", "origin", "https://github.com/python-hyper/h11")
    run_git(tree, "checkout", "-q", "HEAD~1")
    (tree / "src" / "h11" / "new.py").touch()
    assert link_of(tree, str(tree)) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/somebody/h11", "https://gitlab.com/python-hyper/h11", "git@example.org:python-hyper/h11.git",
        "https://github.com.evil.example/python-hyper/h11", "/srv/github.com/python-hyper/h11", "../python-hyper/h11",
    ],
)  # fmt: skip
def test_any_other_remote_gives_no_link(tree: Path, url: str) -> None:
    run_git(tree, "remote", "add", "origin", url)
    assert link_of(tree, f"git:{tree}@HEAD~1") is None


def test_without_a_remote_there_is_no_link(tree: Path) -> None:
    assert link_of(tree, f"git:{tree}@HEAD~1") is None
