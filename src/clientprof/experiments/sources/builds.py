"""The wheels of a source, made once for each content and kept in the user's cache folder.

Building happens in a copy. A tree may hold several projects (httpx2's: ``src/httpx2`` and ``src/httpcore2``): those that the
package requires, itself or by one of the others, are built from the same tree and come along, so that all are of one commit.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clientprof.experiments.environments.folders import sources_folder
from clientprof.experiments.environments.lock import Locked, locked
from clientprof.experiments.sources.errors import SourceProblem
from clientprof.experiments.sources.files import copy_folder, digest_of_file, digest_of_folder, unpack
from clientprof.experiments.sources.found import FoundSource, SourceKind
from clientprof.experiments.sources.projects import project_of, projects_below, wrong_name
from clientprof.experiments.sources.repository import repository_at
from clientprof.experiments.sources.wheels import Wheel, make_wheel, needs_compiler, read_wheel

# Raised when what older versions of clientprof built can no longer be used.
_FORM = 1
_RECORD = "source.json"
_USED = "last-used"
_BUILDING = ".building-"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SourceStore:
    """All builds below one folder."""

    folder: Path = field(default_factory=sources_folder)

    def get(self, source: FoundSource, package: str, say: Say) -> tuple[Wheel, ...]:
        """The wheels of the package (the first) and of what of the same tree it requires, built if need be.

        Raises:
            SourceProblem: the source does not hold that package, or does not build.
            EnvironmentProblem: there is nothing to build with, or nowhere to keep it.
        """
        what = f"{package}@{source.name}"
        if source.kind is SourceKind.WHEEL:
            return (_checked(read_wheel(source.path), package, source.path.name),)
        final = self.folder / _key(source, package)
        with locked(self.folder / f".{final.name}.lock", on_wait=lambda: say(f"waiting for another build of {what}")):
            kept = _read(final)
            if kept is None:
                say(f"building {what} ({source.described})")
                kept = self._make(source, package, what, final)
            (final / _USED).touch()
            return kept

    def remove(self, days: float | None) -> int:
        """Remove the builds not used for ``days`` (None: all); returns the bytes freed."""
        freed = 0
        for folder in list(self.folder.glob("*")) if self.folder.is_dir() else []:
            if not folder.is_dir() or folder.name.startswith(_BUILDING):
                continue
            used_s = max((path.stat().st_mtime for path in folder.iterdir()), default=0.0)
            if days is not None and time.time() - used_s < days * 86_400:
                continue
            with contextlib.suppress(Locked), locked(self.folder / f".{folder.name}.lock", wait=False):
                freed += sum(path.stat().st_size for path in folder.iterdir())
                shutil.rmtree(folder, ignore_errors=True)
        return freed

    def _make(self, source: FoundSource, package: str, what: str, final: Path) -> tuple[Wheel, ...]:
        shutil.rmtree(final, ignore_errors=True)  # one that is no longer whole
        partial = final.with_name(f"{_BUILDING}{final.name}.{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            with _copied(source) as (top, start):
                wheels = _build(top, start, package, what, partial)
            names = [wheel.file.name for wheel in wheels]
            (partial / _RECORD).write_text(json.dumps({"wheels": names}) + "\n", encoding="utf-8")
            os.replace(partial, final)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return tuple(read_wheel(final / name) for name in names)


def _build(top: Path, start: Path, package: str, what: str, into: Path) -> tuple[Wheel, ...]:
    first = project_of(start, package, what)
    beside = {project.name: project for project in projects_below(top) if project.name not in (None, package)}
    made: list[Wheel] = []
    pending = [(first, package)]
    while pending:
        project, name = pending.pop(0)
        if project.compiler is not None:
            raise SourceProblem(needs_compiler(what, name, project.compiler))
        made.append(_checked(make_wheel(project.folder, into, what), name, what))
        for required in made[-1].requires:
            sibling = beside.pop(required, None)
            if sibling is not None:
                pending.append((sibling, required))
    return tuple(made)


def _checked(wheel: Wheel, package: str, what: str) -> Wheel:
    if wheel.name != package:
        raise SourceProblem(wrong_name(what, package, [wheel.name]))
    return wheel


@contextlib.contextmanager
def _copied(source: FoundSource) -> Iterator[tuple[Path, Path]]:
    """A copy of the source for as long as the context lasts: its top, and the folder in it that was meant."""
    with contextlib.ExitStack() as stack:
        away = stack.enter_context(tempfile.TemporaryDirectory(prefix="clientprof-", ignore_cleanup_errors=True))
        top = copy = Path(away, source.path.name or "source")
        copy.mkdir()
        if source.kind is SourceKind.SDIST:
            top = unpack(source.path, copy)
            content = digest_of_file(source.path)
        elif source.kind is SourceKind.FOLDER:
            copy_folder(source.path, copy)
            content = digest_of_folder(copy)
        else:
            repository = repository_at(source.path, source.path.name)
            # Builds ask git about the tree: its objects must be there until they are done.
            snapshot = stack.enter_context(
                repository.snapshot(source.commit if source.kind is SourceKind.COMMIT else None)
            )
            repository.copy(snapshot, copy)
            content = snapshot.tree
        if content != source.content:
            raise SourceProblem(f"{source.path.name} changed while it was read; run the command again")
        yield top, top / source.folder


def _key(source: FoundSource, package: str) -> str:
    facts = json.dumps([_FORM, package, source.content, source.folder, source.kind is SourceKind.SDIST])
    return f"{package}-{source.content[:9]}-{hashlib.sha256(facts.encode()).hexdigest()[:10]}"


def _read(folder: Path) -> tuple[Wheel, ...] | None:
    try:
        names = json.loads((folder / _RECORD).read_text(encoding="utf-8"))["wheels"]
        return tuple(read_wheel(folder / name) for name in names)
    except (OSError, ValueError, KeyError, TypeError, SourceProblem):
        return None
