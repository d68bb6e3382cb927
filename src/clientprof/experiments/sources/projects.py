"""The projects of a tree: where they lie, what they are called, and whether building them needs a compiler."""

import configparser
import contextlib
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clientprof.experiments.sources.errors import SourceProblem
from clientprof.model.provenance.distributions import normal_name

_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
# Folders in which projects of a monorepo are looked for, counted from the tree's top: ``src/httpx2`` is the second.
_DEEPEST = 3
_COMPILING = frozenset({"cython", "maturin", "setuptools-rust", "scikit-build", "scikit-build-core", "meson-python",
                        "pybind11", "nanobind", "cffi", "hatch-mypyc", "mypyc", "mypy", "py-build-cmake"})  # fmt: skip
_EXTENSIONS = re.compile(r"\b(ext_modules|Extension|cffi_modules|rust_extensions|cythonize|mypycify)\b\s*[=(]")


@dataclass(frozen=True, slots=True)
class Project:
    """One project: its folder, its normalised name (None where only building tells), and what of its build needs a compiler
    (None: nothing that shows)."""

    folder: Path
    name: str | None
    compiler: str | None


def projects_below(top: Path) -> tuple[Project, ...]:
    """The projects of a tree, the nearest to its top first."""
    found = [project_in(top)]
    for folder in _folders(top):
        with contextlib.suppress(SourceProblem):  # one that is broken on purpose, say, in the tests of a build tool
            found.append(project_in(folder) if folder != top else None)
    return tuple(project for project in found if project is not None)


def project_in(folder: Path) -> Project | None:
    """The project whose files lie in that folder, None where there is none.

    Raises:
        SourceProblem: its pyproject.toml cannot be read.
    """
    there = [name for name in _FILES if (folder / name).is_file()]
    if not there:
        return None
    toml = _toml(folder / "pyproject.toml") if "pyproject.toml" in there else {}
    name = _text(_table(toml, "project").get("name")) or _text(_table(toml, "tool", "poetry").get("name"))
    if name is None and "setup.cfg" in there:
        setup = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            setup.read_string((folder / "setup.cfg").read_text(encoding="utf-8", errors="replace"))
            name = setup.get("metadata", "name", fallback=None)
        except configparser.Error:
            name = None
    if name is None and there == ["pyproject.toml"] and "build-system" not in toml:
        return None  # a workspace's top, or the settings of some tool
    return Project(folder, None if name is None else normal_name(name.strip()), _compiler(folder, there, toml))


def project_of(start: Path, package: str, what: str) -> Project:
    """The project of that name at ``start`` or below it; ``what`` is the source in messages.

    Raises:
        SourceProblem: there is none; the message names those that are there.
    """
    if not start.is_dir():
        raise SourceProblem(f"{what} has no folder {start.name!r}")
    projects = projects_below(start)
    for project in projects:
        if project.name == package:
            return project
    unnamed = [project for project in projects if project.name is None]
    if unnamed and unnamed[0].folder == start:
        return unnamed[0]
    names = sorted({project.name for project in projects if project.name is not None})
    if not names:
        raise SourceProblem(f"{what} holds no Python project: there is no pyproject.toml, setup.cfg or setup.py in it")
    raise SourceProblem(wrong_name(what, package, names))


def wrong_name(what: str, package: str, names: Sequence[str]) -> str:
    """That a source holds other packages than the one it was named for."""
    return f"{what} holds {', '.join(names)}, not {package}; write CLIENT+{names[0]}@PATH for a package beside a client"


def _compiler(folder: Path, there: Sequence[str], toml: dict[str, object]) -> str | None:
    build = _table(toml, "build-system")
    requires = build.get("requires")
    words = [word for word in requires if isinstance(word, str)] if isinstance(requires, list) else []
    for word in words:
        name = normal_name(re.split(r"[^A-Za-z0-9._-]", word.strip(), maxsplit=1)[0])
        if name in _COMPILING:
            return name
    if "ext-modules" in _table(toml, "tool", "setuptools"):
        return "ext-modules"
    if "setup.py" in there:
        text = (folder / "setup.py").read_text(encoding="utf-8", errors="replace")
        found = _EXTENSIONS.search(text)
        return None if found is None else found[1]
    return None


def _folders(top: Path) -> Iterator[Path]:
    pending = [top]
    for depth in range(_DEEPEST + 1):
        yield from pending
        if depth < _DEEPEST:
            pending = [Path(entry.path) for folder in pending for entry in _inside(folder)]


def _inside(folder: Path) -> "list[os.DirEntry[str]]":
    entries = [entry for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    return sorted((entry for entry in entries if not entry.name.startswith((".", "_"))), key=lambda entry: entry.name)


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceProblem(f"the pyproject.toml of {path.parent.name!r} cannot be read: {error}") from None


def _table(toml: dict[str, object], *names: str) -> dict[str, object]:
    found: object = toml
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
