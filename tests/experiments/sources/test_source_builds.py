"""Wheels of sources: made once for each content, from a copy, of the right package."""

import sys
import tarfile
from pathlib import Path

import pytest

from clientprof.experiments.sources.asked import SourceAsked
from clientprof.experiments.sources.builds import SourceStore
from clientprof.experiments.sources.errors import SourceProblem
from clientprof.experiments.sources.resolve import _as_it_lies, resolve
from clientprof.experiments.sources.wheels import Wheel
from source_trees import committed, everything_in, project, run_git

NAMED = '[project]\nname = "{}"\n'
H11 = NAMED.format("h11")


class Builder:
    """A store of its own, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.store, self.said = SourceStore(folder), list[str]()

    def __call__(self, path: Path, package: str, revision: str | None = None) -> tuple[Wheel, ...]:
        _as_it_lies.cache_clear()
        return self.store.get(resolve(SourceAsked(str(path), revision)), package, self.said.append)


@pytest.fixture
def build(tmp_path: Path) -> Builder:
    return Builder(tmp_path / "store")


def test_a_content_is_built_once_whoever_names_it_and_the_source_is_left_as_it_was(
    build: Builder, tmp_path: Path
) -> None:
    tree = project(tmp_path / "tree", "h11", "1.5")
    committed(tree)
    (tree / "h11" / "extra.py").write_text("fast = True\n")
    before = everything_in(tree)
    (wheel,) = build(tree, "h11")
    assert everything_in(tree) == before
    assert (wheel.name, wheel.version, wheel.pure) == ("h11", "1.5", True)
    head = run_git(tree, "rev-parse", "HEAD")[:9]
    assert build.said == [f"building h11@{head}-dirty (commit {head} of branch main, with uncommitted changes)"]
    committed(tree)
    assert build(tree, "h11") == build(tree, "h11", "main") == (wheel,)
    assert len(build.said) == 1
    (tree / "h11" / "extra.py").write_text("fast = False\n")
    assert build(tree, "h11") != (wheel,)
    assert len(build.said) == 2


def test_what_the_package_requires_of_the_same_tree_comes_along_from_the_same_commit(
    build: Builder, tmp_path: Path
) -> None:
    top = tmp_path / "top"
    project(top / "src" / "httpx2", "httpx2", "2.0", requires="httpcore2==2.0")
    project(top / "src" / "httpcore2", "httpcore2", "2.0", requires="h11")
    project(top / "src" / "unused", "unused")
    committed(top)
    for path in (top, top / "src" / "httpx2"):
        assert [(wheel.name, wheel.version) for wheel in build(path, "httpx2")] == [
            ("httpx2", "2.0"),
            ("httpcore2", "2.0"),
        ]
    assert [wheel.name for wheel in build(top, "httpcore2")] == ["httpcore2"]


def test_an_sdist_a_folder_and_a_wheel_are_built_or_taken_as_they_are(build: Builder, tmp_path: Path) -> None:
    folder = project(tmp_path / "h11-1.0", "h11")
    with tarfile.open(tmp_path / "h11-1.0.tar.gz", "w:gz") as archive:
        archive.add(folder, "h11-1.0")
    (wheel,) = build(folder, "h11")
    (of_sdist,) = build(tmp_path / "h11-1.0.tar.gz", "h11")
    assert (of_sdist.name, of_sdist.version) == (wheel.name, wheel.version) == ("h11", "1.0")
    said = len(build.said)
    assert build(wheel.file, "h11") == (wheel,)
    assert len(build.said) == said


def test_a_tree_that_does_not_build_is_refused_with_its_last_lines_and_leaves_nothing(
    build: Builder, tmp_path: Path
) -> None:
    tree = project(tmp_path / "tree", "h11")
    (tree / "broken").touch()
    with pytest.raises(SourceProblem) as caught:
        build(tree, "h11")
    first, *lines = str(caught.value).splitlines()
    assert first == caught.value.sentence
    assert first.endswith("does not build; its last lines:")
    assert lines[-1].strip() == "RuntimeError: the tree is broken"
    assert len(lines) <= 12
    assert str(tmp_path) not in first
    assert [path.name for path in build.store.folder.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"pyproject.toml": NAMED.format("HTTP_Core")}, r"holds http-core, not h11; write CLIENT\+http-core@PATH"),
        ({"README": ""}, "holds no Python project"),
        ({"pyproject.toml": "[project\n"}, "pyproject.toml of .* cannot be read"),
        ({"pyproject.toml": f'{H11}[build-system]\nrequires = ["Cython>=3"]\n'}, r"a compiler makes \(cython\)"),
        ({"pyproject.toml": f'{H11}[build-system]\nrequires = ["maturin"]\n'}, r"\(maturin\).*h11@FILE\.whl"),
        ({"setup.py": "setup(name='h11', ext_modules=[Extension('a', ['a.c'])])"}, r"\(ext_modules\)"),
        ({"pyproject.toml": H11, "setup.py": "setup(ext_modules = x)"}, r"\(ext_modules\)"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_refused_before_it_is_tried(
    files: dict[str, str], said: str, build: Builder, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for name, text in files.items():
        (tree / name).write_text(text)
    with pytest.raises(SourceProblem, match=said) as caught:
        build(tree, "h11")
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_wheel_of_another_package_and_a_file_that_is_none_are_refused(build: Builder, tmp_path: Path) -> None:
    (wheel,) = build(project(tmp_path / "tree", "h11"), "h11")
    with pytest.raises(SourceProblem, match="holds h11, not httpx2"):
        build(wheel.file, "httpx2")
    for name, said in (("x.whl", "is no wheel's name"), ("x-1-py3-none-any.whl", "cannot be read as a wheel"),
                       ("x.tar.gz", "cannot be read as an sdist")):  # fmt: skip
        (tmp_path / name).write_bytes(b"nothing")
        with pytest.raises(SourceProblem, match=said):
            build(tmp_path / name, "x")


def test_builds_that_nobody_used_are_removed(build: Builder, tmp_path: Path) -> None:
    tree = project(tmp_path / "tree", "h11")
    build(tree, "h11")
    assert build.store.remove(30) == 0
    assert build.store.remove(None) > 0
    build(tree, "h11")
    assert len(build.said) == 2


@pytest.mark.skipif(sys.version_info < (3, 12) and not hasattr(tarfile, "data_filter"), reason="tarfile has no filters")
def test_an_sdist_that_leads_out_of_its_folder_is_refused(build: Builder, tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "evil", "../../evil")
    with pytest.raises(SourceProblem, match="cannot be read as an sdist"):
        build(tmp_path / "x.tar.gz", "x")
