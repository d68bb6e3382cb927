"""From what the user wrote to what lies there: kind, commit, branch, and the identity of the content."""

import functools
import os
from pathlib import Path, PurePath

from clientprof.experiments.sources.asked import SourceAsked
from clientprof.experiments.sources.errors import SourceProblem
from clientprof.experiments.sources.files import digest_of_file, digest_of_folder
from clientprof.experiments.sources.found import FoundSource, SourceKind
from clientprof.experiments.sources.repository import Repository, repository_at

_SDISTS = (".tar.gz", ".tgz", ".zip")


def resolve(asked: SourceAsked) -> FoundSource:
    """The source, looked up once in a process: a command measures one content, whatever is edited meanwhile.

    Raises:
        SourceProblem: there is no such thing, or none that can be measured.
    """
    if "://" in asked.path:
        raise SourceProblem(f"{_public(asked.path)} is no path; clone the repository and write git:PATH@REV")
    path = os.path.abspath(os.path.expanduser(asked.path))
    return _at_revision(path, asked.revision) if asked.revision is not None else _as_it_lies(path)


@functools.cache
def _at_revision(path: str, revision: str) -> FoundSource:
    repository, folder = _repository(Path(path))
    commit = repository.commit(revision)
    tree = repository.at(commit).tree
    return FoundSource(SourceKind.COMMIT, repository.top, folder, tree, commit, repository.branch(revision))


@functools.cache
def _as_it_lies(path: str) -> FoundSource:
    name = PurePath(path).name
    if os.path.isfile(path):
        if name.endswith(".whl"):
            return FoundSource(SourceKind.WHEEL, Path(path), ".", digest_of_file(Path(path)))
        if name.endswith(_SDISTS):
            return FoundSource(SourceKind.SDIST, Path(path), ".", digest_of_file(Path(path)))
        raise SourceProblem(f"{name} is neither a folder nor a wheel (.whl) nor an sdist (.tar.gz)")
    if not os.path.isdir(path):
        raise SourceProblem(
            f"there is no folder or file {name!r} here; a commit is written git:PATH@REV, a release NAME==VERSION"
        )
    if not _in_git(Path(path)):
        return FoundSource(SourceKind.FOLDER, Path(path), ".", digest_of_folder(Path(path)))
    repository = repository_at(Path(path), name)
    if repository.bare:
        raise SourceProblem(f"{name} is a bare repository, without a working tree; name a commit: git:PATH@REV")
    with repository.as_it_lies() as snapshot:
        dirty = snapshot.tree != repository.at(snapshot.commit).tree
        return FoundSource(
            SourceKind.TREE, repository.top, repository.folder, snapshot.tree, snapshot.commit,
            repository.branch("HEAD"), dirty,
        )  # fmt: skip


def repository_of(path: str) -> tuple[Repository, str]:
    """The repository of a path that the user named, and the folder in it that was meant.

    Raises:
        SourceProblem: there is none.
    """
    return _repository(Path(os.path.abspath(os.path.expanduser(path))))


def _repository(path: Path) -> tuple[Repository, str]:
    """A folder that only other commits have is named by the nearest one that is there."""
    there = path
    while not there.is_dir() and there != there.parent:
        there = there.parent
    if there == path or _in_git(there):
        repository = repository_at(there, path.name)
        folder = (Path(repository.folder) / path.relative_to(there)).as_posix()
        return repository, folder
    raise SourceProblem(f"there is no folder {path.name!r} here")


def _in_git(folder: Path) -> bool:
    """Whether the folder is or lies in a repository; looked for by hand, so that git's word on it is an error."""
    bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    return bare or any((each / ".git").exists() for each in (folder, *folder.parents))


def _public(url: str) -> str:
    return url.partition("://")[0] + "://..."
