"""The commits that a search goes over, which package they bring, and what is no history to search."""

import os
from pathlib import Path

import pytest

from clientprof.clients import CLIENTS
from clientprof.experiments.differences.commits import Commits, commits_of, tag_of
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.sources.errors import SourceProblem
from source_trees import committed, project, run_git


@pytest.fixture
def branches(tmp_path: Path) -> Path:
    """First, two commits of a branch merged into main, last; the branch's first and the tip are tagged."""
    tree = project(tmp_path / "core", "httpcore", "1.0")
    committed(tree, "First")
    run_git(tree, "tag", "1.0")
    run_git(tree, "checkout", "--quiet", "-b", "topic")
    committed(tree, "Topic one")
    committed(tree, "Topic two")
    run_git(tree, "checkout", "--quiet", "main")
    committed(tree, "Beside")
    run_git(tree, "merge", "--quiet", "--no-ff", "--message", "Merge topic", "topic")
    committed(tree, "Last")
    run_git(tree, "tag", "v1.1")
    return tree


def commits(
    path: Path, good: str = "1.0", bad: str = "main", *, client: str | None = "httpx", every: bool = False
) -> Commits:
    spec = None if client is None else ClientSpec.parse(client, CLIENTS)
    return commits_of(str(path), spec, good, bad, every=every)


def titles(found: Commits) -> list[str]:
    return [found.title(step).partition("(")[2].rstrip(")") for step in found.history().parents]


def test_a_merge_is_one_step_unless_all_commits_are_asked_for(branches: Path) -> None:
    assert titles(commits(branches)) == ["Beside", "Merge topic", "Last"]
    every = commits(branches, every=True)
    assert sorted(titles(every)) == ["Beside", "Last", "Merge topic", "Topic one", "Topic two"]
    (merge,) = (step for step in every.history().parents if every.is_merge(step))
    assert len(every.history().parents[merge]) == 2
    assert every.title(merge) == f"{merge[:9]} (Merge topic)"


def test_the_package_is_the_clients_own_or_the_one_beside_it(branches: Path, tmp_path: Path) -> None:
    beside = commits(branches)
    step = next(iter(beside.history().parents))
    assert beside.package == "httpcore"
    assert beside.spec(step).label == f"httpx+httpcore@{step[:9]}"
    assert (
        commits(branches, client="httpx[http2]+sniffio").spec(step).label == f"httpx[http2]+httpcore@{step[:9]}+sniffio"
    )
    top = tmp_path / "mono"
    for name in ("httpx2", "httpcore2"):
        project(top / "src" / name, name, requires="httpcore2" if name == "httpx2" else "")
    for message in ("One", "Two"):
        committed(top, message)
    own = commits(top, "HEAD~1", "HEAD", client=None)
    assert (own.client, own.package) == (ClientSpec("httpx2"), "httpx2")
    assert commits(top, "HEAD~1", "HEAD", client="httpx+httpcore2").package == "httpcore2"


def test_what_cannot_be_searched_is_refused_in_a_sentence(branches: Path, tmp_path: Path) -> None:
    run_git(branches, "checkout", "--quiet", "--orphan", "other")
    committed(branches, "Unrelated")
    run_git(branches, "checkout", "--quiet", "main")
    top = tmp_path / "two"
    for name in ("one", "another"):
        project(top / name, name)
    committed(top)
    committed(top)
    cases = [
        (lambda: commits(branches, "main", "v1.1"), "are one commit"),
        (lambda: commits(branches, "main", "1.0").history(), r"--bad \w+ comes before --good \w+: swap them"),
        (
            lambda: commits(branches, "topic", "main~2").history(),
            "is no ancestor of .*that both have: --good",
        ),
        (lambda: commits(branches, "other", "main").history(), "nor have they one in common"),
        (lambda: commits(branches, "0.9"), "has no revision '0.9'"),
        (lambda: commits(branches, client=None), "say with --client which client to measure .*: it holds httpcore"),
        (lambda: commits(top, "HEAD~1", "HEAD"), r"holds another, one; say which .*--client httpx\+PACKAGE"),
        (lambda: commits(tmp_path / "nowhere"), "there is no folder 'nowhere'"),
        (lambda: commits(tmp_path), "is no git repository"),
    ]
    for search, said in cases:
        with pytest.raises(SourceProblem, match=said) as caught:
            search()
        assert str(tmp_path) not in str(caught.value)
    (branches / "new.py").touch()
    with pytest.raises(SourceProblem, match="core has uncommitted changes"):
        commits(branches)


def test_the_tag_of_a_release_is_found_by_its_usual_names(branches: Path) -> None:
    path = os.fspath(branches)
    assert [tag_of(path, "httpcore", version) for version in ("1.0", "1.1", "1.2")] == ["1.0", "v1.1", None]
