"""Files and folders that git does not know: the digest of their content, and copies without what builds leave behind."""

import hashlib
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from clientprof.experiments.sources.errors import SourceProblem

# Made by tools, never part of what is built.
_LEFT_OUT = frozenset({".git", ".hg", ".venv", "venv", "__pycache__", "node_modules", ".tox", ".nox", ".mypy_cache",
                       ".ruff_cache", ".pytest_cache", "build", "dist"})  # fmt: skip
_MOST_FILES, _MOST_BYTES = 20_000, 500_000_000


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of_folder(folder: Path) -> str:
    """SHA-256 over the names and contents of a folder's files, without what tools leave behind.

    Raises:
        SourceProblem: more than a package has: a folder was named by mistake.
    """
    total = hashlib.sha256()
    size = 0
    for number, path in enumerate(_files(folder)):
        link = os.readlink(path) if path.is_symlink() else None
        size += 0 if link is not None else path.stat().st_size
        if number >= _MOST_FILES or size > _MOST_BYTES:
            raise SourceProblem(
                f"the folder {folder.name!r} is no package's: it has more than {_MOST_FILES:,} files or "
                f"{_MOST_BYTES / 1e6:.0f} MB"
            )
        content = digest_of_file(path) if link is None else f"link to {link}"
        total.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode(errors="surrogateescape"))
    return total.hexdigest()


def copy_folder(folder: Path, into: Path) -> None:
    """Copy what ``digest_of_folder`` reads."""
    for path in _files(folder):
        target = into / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target, follow_symlinks=False)


def unpack(sdist: Path, into: Path) -> Path:
    """Unpack an sdist; the folder that holds its project.

    Raises:
        SourceProblem: it cannot be read, or holds no single folder.
    """
    try:
        if zipfile.is_zipfile(sdist):
            with zipfile.ZipFile(sdist) as packed:
                packed.extractall(into)  # takes names that lead out of the folder as names in it
        else:
            with tarfile.open(sdist) as archive:
                archive.extractall(into, filter="data")
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, ValueError, TypeError) as error:
        raise SourceProblem(f"{sdist.name} cannot be read as an sdist: {type(error).__name__}") from None
    inside = [path for path in into.iterdir() if path.is_dir()]
    if len(inside) != 1:
        raise SourceProblem(f"{sdist.name} is no sdist: it holds {len(inside)} folders, not one")
    return inside[0]


def _files(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not name.endswith(".egg-info"))
        links = [name for name in folders if Path(here, name).is_symlink()]
        for name in sorted([*names, *links]):
            path = Path(here, name)
            if path.is_symlink() or path.is_file():
                yield path
