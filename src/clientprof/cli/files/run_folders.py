"""Folders of runs: which of them is the newest."""

from pathlib import Path


def newest_of_runs(folder: Path, name: str, but: Path | None = None) -> Path | None:
    """The newest file of that name in the runs of the folder, other than ``but``; None where there is none."""
    # Folders that begin with a dot are being written.
    found = (each for each in folder.glob(f"*/{name}") if each.parent.name[0] != "." and each != but)
    return max(found, key=lambda each: (each.stat().st_mtime_ns, str(each)), default=None)
