"""The environments that are kept: found by their key, made when missing, listed, removed.

One is made in a folder beside and renamed when it is whole, under a lock of its key; so an interrupted build leaves
nothing that looks finished, and two commands do not build the same one.
"""

import contextlib
import datetime
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from clientprof.experiments.environments.build import build, installer
from clientprof.experiments.environments.check import check
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.folders import environments_folder, python_of
from clientprof.experiments.environments.lock import Locked, locked
from clientprof.experiments.environments.recipe import Recipe
from clientprof.recording.dataclass_json import from_json, to_json
from clientprof.workload.inventory import Inventory

_RECORD = "environment.json"
_USED = "last-used"
_BUILDING, _REMOVED = ".building-", ".removed-"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Record:
    """What an environment says of itself. ``python`` is its interpreter's version, ``made_s`` seconds since 1970."""

    label: str
    python: str
    requirements: tuple[str, ...]
    installer: str
    made_s: float
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment as it is kept."""

    folder: Path
    record: Record

    @property
    def key(self) -> str:
        return self.folder.name

    @property
    def python(self) -> str:
        """Path of its interpreter."""
        return str(python_of(self.folder))

    @property
    def used_s(self) -> float:
        """When a command last used it, seconds since 1970."""
        try:
            return (self.folder / _USED).stat().st_mtime
        except OSError:
            return self.record.made_s

    @property
    def size_bytes(self) -> int:
        """Bytes of its files; uv may share them with its cache."""
        total = 0
        for folder, _, files in os.walk(self.folder):
            for name in files:
                with contextlib.suppress(OSError):
                    total += os.lstat(os.path.join(folder, name)).st_size
        return total


@dataclass(frozen=True, slots=True)
class EnvironmentStore:
    """All environments below one folder."""

    folder: Path = field(default_factory=environments_folder)

    def get(self, recipe: Recipe, say: Say, *, making: str) -> Environment:
        """The environment of a recipe, made if need be. ``making`` is said before that.

        Raises:
            EnvironmentProblem: it cannot be made, or does not hold what it should.
        """
        waits = f"waiting for another command that makes the environment of {recipe.label}"
        unpinned = self._with_these_versions(recipe)
        recipe = unpinned or recipe
        try:
            with locked(self._lock(recipe.key), on_wait=lambda: say(waits)):
                kept = self._kept(recipe)
                if kept is None:
                    say(making)
                    kept = self._make(recipe)
                (kept.folder / _USED).touch()
                return kept
        except OSError as error:
            raise EnvironmentProblem(
                f"the environment of {recipe.label} cannot be kept in {self.folder}: {error.strerror or error}; "
                f"set XDG_CACHE_HOME to a folder you may write to"
            ) from error

    def _with_these_versions(self, recipe: Recipe) -> Recipe | None:
        """The recipe without pins, where an environment of that has the pinned versions as it is."""
        unpinned = replace(recipe, pins=())
        record = _read(self.folder / unpinned.key) if recipe.pins else None
        built = {each.part.name for each in recipe.built}
        if record is None or {each for each in record.packages if each.partition("==")[0] not in built} != set(
            recipe.pins
        ):
            return None
        return unpinned

    def all(self) -> Iterator[Environment]:
        """Every whole environment, by key."""
        for folder in sorted(self.folder.glob("*")) if self.folder.is_dir() else ():
            record = None if folder.name.startswith(".") else _read(folder)
            if record is not None:
                yield Environment(folder, record)

    def remove(self, environment: Environment) -> bool:
        """Remove it; False where another command is just making or taking it."""
        try:
            with locked(self._lock(environment.key), wait=False):
                _remove(environment.folder)
                return True
        except Locked:
            return False

    def remove_leftovers(self) -> None:
        """Remove what killed builds and removals left behind."""
        for prefix in (_BUILDING, _REMOVED):
            for folder in self.folder.glob(f"{prefix}*"):
                key = folder.name.removeprefix(prefix).rpartition(".")[0]
                with contextlib.suppress(Locked), locked(self._lock(key), wait=False):
                    shutil.rmtree(folder, ignore_errors=True)

    def _lock(self, key: str) -> Path:
        return self.folder / f".{key}.lock"

    def _kept(self, recipe: Recipe) -> Environment | None:
        """The environment if it is there and still what it says; a broken one is removed."""
        folder = self.folder / recipe.key
        if not folder.exists():
            return None
        try:
            inventory = check(recipe, python_of(folder))
        except EnvironmentProblem:
            _remove(folder)  # its interpreter was uninstalled, say, or somebody changed it
            return None
        record = _read(folder)
        if record is None:  # made by hand, with the commands that an error named
            record = _write(folder, recipe, inventory, "by hand")
        return Environment(folder, record)

    def _make(self, recipe: Recipe) -> Environment:
        final = self.folder / recipe.key
        for left in self.folder.glob(f"{_BUILDING}{recipe.key}.*"):
            shutil.rmtree(left, ignore_errors=True)  # of a build that was killed; the lock says that nobody is at it
        # With the process in its name: the installer of a killed command may still be writing into its own.
        partial = self.folder / f"{_BUILDING}{recipe.key}.{os.getpid()}"
        try:
            build(recipe, partial, final)
            inventory = check(recipe, python_of(partial))
            record = _write(partial, recipe, inventory, installer())
            os.replace(partial, final)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return Environment(final, record)


def made_text(seconds: float) -> str:
    """A time as it is shown: ``2026-11-20 12:00``, local."""
    return datetime.datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


def _write(folder: Path, recipe: Recipe, inventory: Inventory, made_with: str) -> Record:
    packages = tuple(f"{item.name}=={item.version}" for item in inventory.installed)
    record = Record(recipe.label, inventory.python, recipe.requirements, made_with, time.time(), packages)
    (folder / _RECORD).write_text(json.dumps(to_json(record), indent=1) + "\n", encoding="utf-8")
    return record


def _read(folder: Path) -> Record | None:
    try:
        return from_json(Record, json.loads((folder / _RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _remove(folder: Path) -> None:
    """At once for everybody else: first out of the way, then piece by piece."""
    away = folder.with_name(f"{_REMOVED}{folder.name}.{os.getpid()}")
    shutil.rmtree(away, ignore_errors=True)
    os.replace(folder, away)
    shutil.rmtree(away, ignore_errors=True)
