"""The ``*.clientprof`` file: ``manifest.json`` and one folder of facts and columns per run.

What can be read of a damaged file is kept: a run that cannot be read is left out and named, as long as the manifest
and one run are whole.
"""

import json
import os
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from clientprof.model.recording import Manifest, Recording
from clientprof.model.run import Run
from clientprof.recording.dataclass_json import from_json, to_json
from clientprof.recording.run_file import DAMAGE, RecordingError, read_entries, write_entries

SCHEMA = "clientprof.recording/1"


def write_recording(path: Path, manifest: Manifest, runs: Sequence[Run]) -> None:
    """Write manifest and runs; the file appears under its name only when it is whole."""
    partial = path.with_name(path.name + ".partial")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            archive.writestr("manifest.json", json.dumps(to_json(manifest), indent=1))
            for index, run in enumerate(runs):
                write_entries(archive, run, f"runs/{index:03}-{run.facts.arm}-{run.facts.lens}/")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def save_recording(path: Path, recording: Recording) -> None:
    """Write a recording; one that was read from a file is copied: to compress a million requests takes half a minute.

    Raises:
        OSError: the file cannot be written.
    """
    if recording.file is None or not Path(recording.file).is_file():
        write_recording(path, recording.manifest, recording.runs)
        return
    partial = path.with_name(path.name + ".partial")
    try:
        shutil.copyfile(recording.file, partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_recording(path: Path) -> Recording:
    """Read a recording; runs that are damaged are left out and named in the manifest's notices.

    Raises:
        RecordingError: no such file, not a recording, another schema, truncated, or no run can be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            recording, whole = _read(str(path), archive)
            return replace(recording, file=str(path) if whole else None)
    except FileNotFoundError:
        raise RecordingError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise RecordingError(f"{path} is a folder, not a recording") from None
    except zipfile.BadZipFile:
        raise RecordingError(f"{path} is not a clientprof recording, or it is cut short") from None
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error


def _read(name: str, archive: zipfile.ZipFile) -> tuple[Recording, bool]:
    """What can be read, and whether that is all."""
    names = archive.namelist()
    if "manifest.json" not in names:
        raise RecordingError(f"{name} is a zip file but not a clientprof recording: it has no manifest.json")
    try:
        content = json.loads(archive.read("manifest.json"))
        schema = content.get("schema") if isinstance(content, dict) else None
        if schema != SCHEMA:
            raise RecordingError(f"{name} has schema {schema!r}; this clientprof reads {SCHEMA}")
        manifest = from_json(Manifest, content)
    except DAMAGE as error:
        raise RecordingError(f"{name} has a damaged manifest: {' '.join(str(error).split())}") from error
    runs: list[Run] = []
    lost: list[str] = []
    for prefix in sorted({entry[: entry.index("/", 5) + 1] for entry in names if entry.startswith("runs/")}):
        try:
            runs.append(read_entries(archive, prefix))
        except RecordingError as error:
            lost.append(str(error))
    if not runs:
        raise RecordingError(f"{name} holds no readable run" + (f": {lost[0]}" if lost else ""))
    if lost:
        notices = (*manifest.notices, *(("damaged-run", text, "The rest of the recording was read.") for text in lost))
        manifest = replace(manifest, notices=notices, complete=False)
    return Recording(manifest=manifest, runs=tuple(runs)), not lost
