"""A git repository on this machine: its commits, its working tree, and copies of either. It is read, never written.

The working tree gets the name that git would give it if everything in it were committed: its files are added to a copy of
the index, and their objects go to a folder beside the repository's. So a change has the same name before and after its
commit, and what git ignores is left out.
"""

import difflib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from clientprof.experiments.sources.errors import SourceProblem
from clientprof.experiments.sources.git import GitFailed, git

_SUBMODULE = "160000"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A tree: git's name of it, the commit it is or was changed from, and the folders of its objects."""

    tree: str
    commit: str
    objects: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Repository:
    """``top`` is the working tree's folder, or the repository's own where it is bare; ``objects`` its objects' folder;
    ``folder`` is the folder below the top by which it was reached, ``.`` for the top."""

    name: str
    top: Path
    objects: Path
    folder: str
    bare: bool
    object_format: str

    def commit(self, revision: str) -> str:
        """The full name of the commit.

        Raises:
            SourceProblem: there is no such revision; the message says what there is.
        """
        try:
            return git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except GitFailed:
            near = difflib.get_close_matches(revision, self._refs(), n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise SourceProblem(f"the repository {self.name} has no revision {revision!r}{hint}") from None

    def branch(self, revision: str) -> str | None:
        """The branch or tag that the revision names; None where it names none."""
        try:
            full = git(
                self.top, "rev-parse", "--symbolic-full-name", "--verify", "--quiet", "--end-of-options", revision
            )
        except GitFailed:
            return None
        if full == "HEAD":
            return self._current()
        for start, kind in (("refs/heads/", "branch "), ("refs/tags/", "tag "), ("refs/remotes/", "branch ")):
            if full.startswith(start):
                return kind + full.removeprefix(start)
        return None

    def _current(self) -> str | None:
        try:
            return "branch " + git(self.top, "symbolic-ref", "--short", "--quiet", "HEAD")
        except GitFailed:
            return None

    def _refs(self) -> list[str]:
        return git(self.top, "for-each-ref", "--format=%(refname:short)").splitlines()

    def subject(self, commit: str) -> str:
        """The first line of the commit's message."""
        return git(self.top, "show", "--no-patch", "--format=%s", commit)

    def is_dirty(self) -> bool:
        """Whether the working tree holds anything that is not committed, new files included unless git ignores them."""
        return not self.bare and bool(git(self.top, "status", "--porcelain", "--untracked-files=normal"))

    def at(self, commit: str) -> Snapshot:
        """The tree of a commit.

        Raises:
            SourceProblem: it holds a submodule.
        """
        return self._checked(Snapshot(git(self.top, "rev-parse", f"{commit}^{{tree}}"), commit, (self.objects,)))

    def snapshot(self, commit: str | None) -> AbstractContextManager[Snapshot]:
        """The tree of a commit, or (None) the working tree as it is."""
        return self.as_it_lies() if commit is None else nullcontext(self.at(commit))

    @contextmanager
    def as_it_lies(self) -> Iterator[Snapshot]:
        """The working tree as it is, for as long as the context lasts.

        Raises:
            SourceProblem: it has no commit yet, holds a submodule, or cannot be read.
        """
        try:
            commit = git(self.top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        except GitFailed:
            raise SourceProblem(f"the repository {self.name} has no commit yet") from None
        with tempfile.TemporaryDirectory(prefix="clientprof-") as away:
            index, objects = Path(away, "index"), Path(away, "objects")
            objects.mkdir()
            own = self.top / git(self.top, "rev-parse", "--git-path", "index")
            if own.exists():
                shutil.copy2(own, index)
            # Without the repository's own objects: git sets a new time on those that it finds there already.
            variables = {"GIT_INDEX_FILE": str(index), "GIT_OBJECT_DIRECTORY": str(objects)}
            try:
                git(self.top, "add", "--all", variables=variables)
                tree = git(self.top, "write-tree", "--missing-ok", variables=variables)
            except GitFailed as error:
                raise SourceProblem(f"the working tree of {self.name} cannot be read: {error}") from None
            yield self._checked(Snapshot(tree, commit, (objects, self.objects)))

    def _checked(self, snapshot: Snapshot) -> Snapshot:
        rows = git(self.top, "ls-tree", "-r", "--full-tree", snapshot.tree, variables=_reading(snapshot)).splitlines()
        inner = [row.partition("\t")[2] for row in rows if row.startswith(_SUBMODULE)]
        if inner:
            raise SourceProblem(
                f"{self.name} holds the submodule {inner[0]}, whose files no commit of {self.name} has; build a wheel, "
                "and name that: NAME@FILE.whl"
            )
        return snapshot

    def copy(self, snapshot: Snapshot, into: Path) -> None:
        """Write the tree's files into the empty folder ``into``, with a repository of its own beside them: builds read the
        version from the commit and the tags."""
        git(into, "init", "--quiet", "--template=", f"--object-format={self.object_format}")
        own = into / ".git"
        own.joinpath("objects", "info").mkdir(parents=True, exist_ok=True)
        alternates = "".join(f"{folder}\n" for folder in snapshot.objects)
        own.joinpath("objects", "info", "alternates").write_text(alternates, encoding="utf-8", errors="surrogateescape")
        tags = git(self.top, "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")
        own.joinpath("packed-refs").write_text(f"{tags}\n" if tags else "", encoding="utf-8", errors="surrogateescape")
        own.joinpath("HEAD").write_text(f"{snapshot.commit}\n", encoding="ascii")
        try:
            git(into, "read-tree", snapshot.tree)
            git(into, "checkout-index", "--all", "--force")
        except GitFailed as error:
            raise SourceProblem(f"the tree of {self.name} cannot be copied: {error}") from None


def repository_at(path: Path, name: str) -> Repository:
    """The repository that the folder lies in; ``name`` is what messages call it.

    Raises:
        SourceProblem: it lies in none, in one that somebody else owns, or in a clone that is not whole.
    """
    facts = ("--is-bare-repository", "--is-shallow-repository", "--show-object-format", "--git-path", "objects")
    try:
        bare, shallow, object_format, objects = git(path, "rev-parse", *facts).splitlines()
        inside = bare == "false" and git(path, "rev-parse", "--is-inside-work-tree") == "true"
        top = Path(git(path, "rev-parse", "--show-toplevel") if inside else path)
        folder = git(path, "rev-parse", "--show-prefix") if inside else ""
    except GitFailed as error:
        if "dubious ownership" in str(error):
            raise SourceProblem(
                f"git does not read {name}, which another user owns; allow it by `git config --global --add "
                "safe.directory FOLDER`"
            ) from None
        raise SourceProblem(f"{name} is no git repository; a folder without one is measured as NAME@PATH") from None
    repository = Repository(name, top, (path / objects).resolve(), folder.rstrip("/") or ".", not inside, object_format)
    if shallow == "true":
        raise SourceProblem(
            f"{name} is a shallow clone, without the commits that its version is read from; make it whole by `git fetch "
            "--unshallow` (fetch-depth: 0 in GitHub's checkout action)"
        )
    try:
        git(top, "config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$")
    except GitFailed:
        return repository
    raise SourceProblem(f"{name} is a partial clone, without all files of its commits; clone it without --filter")


def _reading(snapshot: Snapshot) -> dict[str, str]:
    return {"GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(map(_quoted, snapshot.objects))}


def _quoted(folder: Path) -> str:
    """A folder in a list of folders, as git reads it."""
    text = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"' if os.pathsep in text or '"' in str(folder) else str(folder)
