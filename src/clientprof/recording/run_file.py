"""One worker's run as a zip of ``facts.json`` and NPY columns; many such runs make a recording.

A file is written under a temporary name and renamed when whole, so nothing half-written stands under the final name.
"""

import json
import os
import zipfile
import zlib
from array import array
from collections.abc import Mapping
from pathlib import Path

from clientprof.model.run import Run, RunFacts
from clientprof.recording import npy
from clientprof.recording.dataclass_json import from_json, to_json
from clientprof.recording.stored_columns import StoredColumns

# What reading an entry of a damaged zip file can raise: its bytes, its checksum, or flags that make no sense.
DAMAGE = (KeyError, ValueError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


# Columns of a run that are more than this together, as numbers in memory, stay in a file: 80,000 requests of aiohttp.
LARGE_BYTES = 32 << 20


class RecordingError(Exception):
    """A recording that cannot be read. The message says what is wrong with which file."""


def write_entries(archive: zipfile.ZipFile, run: Run, prefix: str) -> None:
    """Add the run to an open archive under ``prefix``."""
    archive.writestr(f"{prefix}facts.json", json.dumps(to_json(run.facts), separators=(",", ":")))
    for name, column in run.columns.items():
        if len(column):
            archive.writestr(f"{prefix}{name}.npy", npy.pack(column))


def read_entries(archive: zipfile.ZipFile, prefix: str) -> Run:
    """The run under ``prefix``.

    Raises:
        RecordingError: an entry is missing, damaged or of another shape.
    """
    try:
        facts = from_json(RunFacts, json.loads(archive.read(f"{prefix}facts.json")))
        columns = _columns(archive, prefix)
    except DAMAGE as error:
        # One line: texts of zip errors are, those of JSON errors may not be.
        reason = " ".join(str(error).split())
        raise RecordingError(f"run {prefix.rstrip('/') or 'file'} is damaged: {reason}") from error
    return Run(facts=facts, columns=columns)


def _columns(archive: zipfile.ZipFile, prefix: str) -> Mapping[str, "array[int]"]:
    """The run's columns: in memory where they are small, or where there is no room for them in a file."""
    entries = [
        each for each in archive.infolist() if each.filename.startswith(prefix) and each.filename.endswith(".npy")
    ]
    names = [each.filename[len(prefix) : -len(".npy")] for each in entries]
    if sum(each.file_size for each in entries) > LARGE_BYTES:
        try:
            return StoredColumns(archive, prefix, names)
        except OSError:  # of the temporary folder; if it is the archive's own, reading it again fails in the same way
            pass
    return {name: npy.unpack(archive.read(each)) for name, each in zip(names, entries, strict=True)}


def write_run(path: Path, run: Run) -> None:
    """Write one run as a file of its own."""
    partial = path.with_name(path.name + ".partial")
    # Level 1: the worker waits for this, and stamps compress nearly as well as at the default level.
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            write_entries(archive, run, "")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_run(path: Path) -> Run:
    """Read one run's file.

    Raises:
        RecordingError: the file is missing, foreign or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return read_entries(archive, "")
    except (OSError, zipfile.BadZipFile) as error:
        raise RecordingError(f"{path.name} is not a run file: {error}") from error
