"""A package that changes a client in every Python process that is started from here on, as if the client had it."""

from pathlib import Path

import pytest


def plant(folder: Path, name: str, source: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the package into the folder and have it imported at the start of Python."""
    folder.mkdir()
    (folder / f"{name}.py").write_text(source)
    (folder / "sitecustomize.py").write_text(f"import {name}\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder
