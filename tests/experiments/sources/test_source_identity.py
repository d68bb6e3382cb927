"""What a source is: commit, branch, dirtiness, and an identity that is its content's."""

import shutil
from pathlib import Path

import pytest

from clientprof.experiments.sources.asked import SourceAsked
from clientprof.experiments.sources.errors import SourceProblem
from clientprof.experiments.sources.found import FoundSource, SourceKind
from clientprof.experiments.sources.resolve import _as_it_lies, _at_revision, resolve
from source_trees import committed, everything_in, project, run_git


@pytest.fixture(autouse=True)
def look_anew() -> None:
    """A process looks a source up once; here it is edited in between."""
    _as_it_lies.cache_clear()
    _at_revision.cache_clear()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = project(tmp_path / "tree", "h11")
    (folder / ".gitignore").write_text("*.log\n")
    committed(folder)
    return folder


def found(path: Path, revision: str | None = None) -> FoundSource:
    _as_it_lies.cache_clear()
    return resolve(SourceAsked(str(path), revision))


def test_a_clean_tree_is_its_commit(tree: Path) -> None:
    here, head = found(tree), found(tree, "HEAD")
    assert (here.kind, head.kind) == (SourceKind.TREE, SourceKind.COMMIT)
    assert here.name == head.name == run_git(tree, "rev-parse", "HEAD")[:9]
    assert (here.content, here.branch, here.dirty) == (head.content, "branch main", False)


@pytest.mark.parametrize("change", ["edited", "new", "staged", "removed"])
def test_whatever_is_not_committed_marks_the_tree_and_is_the_same_content_once_it_is(tree: Path, change: str) -> None:
    before = found(tree)
    if change == "removed":
        (tree / "backend.py").unlink()
    else:
        (tree / ("new.py" if change == "new" else "h11/__init__.py")).write_text("changed = 1\n")
    if change == "staged":
        run_git(tree, "add", "--all")
    dirty = found(tree)
    assert dirty.dirty
    assert dirty.name == f"{before.name}-dirty"
    assert dirty.content != before.content
    committed(tree)
    after = found(tree)
    assert (after.dirty, after.content, after.commit != before.commit) == (False, dirty.content, True)


def test_what_git_ignores_is_no_part_of_the_tree(tree: Path) -> None:
    before = found(tree)
    (tree / "run.log").write_text("noise\n")
    assert found(tree) == before


def test_nothing_is_written_into_the_source(tree: Path) -> None:
    (tree / "h11" / "__init__.py").write_text("changed = 1\n")
    (tree / "new.py").touch()
    before = everything_in(tree)
    found(tree)
    found(tree, "main")
    assert everything_in(tree) == before


def test_a_revision_is_named_by_the_branch_or_tag_that_reached_it(tree: Path) -> None:
    run_git(tree, "tag", "v1.0")
    run_git(tree, "branch", "faster/pool")
    commit = run_git(tree, "rev-parse", "HEAD")
    names = {revision: found(tree, revision).branch for revision in ("v1.0", "faster/pool", "HEAD", commit)}
    assert names == {"v1.0": "tag v1.0", "faster/pool": "branch faster/pool", "HEAD": "branch main", commit: None}


def test_linked_working_trees_and_bare_repositories_have_the_same_commits(tree: Path, tmp_path: Path) -> None:
    linked, bare = tmp_path / "linked", tmp_path / "bare.git"
    run_git(tree, "worktree", "add", "--quiet", "--detach", str(linked))
    run_git(tree, "clone", "--quiet", "--bare", str(tree), str(bare))
    head = found(tree)
    assert found(linked).content == found(bare, "main").content == head.content
    assert found(linked).branch is None
    with pytest.raises(SourceProblem, match=r"bare\.git is a bare repository.*git:PATH@REV"):
        found(bare)


def test_a_folder_of_a_monorepo_is_named_below_its_top_even_if_only_the_commit_has_it(tree: Path) -> None:
    project(tree / "src" / "beside", "beside")
    committed(tree)
    assert found(tree / "src" / "beside").folder == found(tree / "src" / "beside", "HEAD").folder == "src/beside"
    shutil.rmtree(tree / "src")
    assert found(tree / "src" / "beside", "HEAD").folder == "src/beside"


def test_a_folder_without_git_is_known_by_the_content_of_its_files(tmp_path: Path) -> None:
    one, other = (project(tmp_path / name, "h11") for name in ("one", "other"))
    (one / "build").mkdir()
    (one / "build" / "left.py").touch()
    assert found(one).content == found(other).content
    assert found(one).name.startswith("folder-")
    (one / "h11" / "more.py").touch()
    assert found(one).content != found(other).content


def test_shallow_and_partial_clones_submodules_and_what_is_no_source_are_refused(tree: Path, tmp_path: Path) -> None:
    committed(tree, "Second")
    shallow, partial, outer = tmp_path / "shallow", tmp_path / "partial", tmp_path / "outer"
    run_git(tree, "clone", "--quiet", "--depth=1", f"file://{tree}", str(shallow))
    run_git(tree, "config", "uploadpack.allowFilter", "true")
    run_git(tree, "clone", "--quiet", "--filter=blob:none", f"file://{tree}", str(partial))
    project(outer, "outer")
    committed(outer)
    run_git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tree), "vendor/h11")
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    run_git(tmp_path / "empty", "init", "--quiet")
    cases = [
        (shallow, None, "shallow is a shallow clone.*git fetch --unshallow"),
        (shallow, "HEAD", "shallow is a shallow clone"),
        (partial, "HEAD", "partial is a partial clone"),
        (outer, None, "outer holds the submodule vendor/h11"),
        (tmp_path / "nowhere", None, "there is no folder or file 'nowhere' here"),
        (tmp_path / "nowhere", "main", "there is no folder 'nowhere' here"),
        (tmp_path / "notes.txt", None, "neither a folder nor a wheel"),
        (tmp_path, "main", "is no git repository"),
        (tmp_path / "empty", None, "has no commit yet"),
        (tree, "mian", "has no revision 'mian'; did you mean main"),
        (tree, "--all", "has no revision '--all'"),
    ]
    for path, revision, said in cases:
        with pytest.raises(SourceProblem, match=said) as caught:
            found(path, revision)
        assert str(tmp_path) not in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(SourceProblem, match=r"https://\.\.\. is no path; clone the repository"):
        resolve(SourceAsked("https://example.invalid/user/repository"))
