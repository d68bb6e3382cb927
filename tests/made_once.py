"""What a whole test run makes once, in whichever worker process of pytest-xdist asks first; the others read it."""

import fcntl
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder that ``make`` has filled, and that nobody changes any more.

    Where ``make`` fails, so does whoever asked; the next one tries again.
    """
    base = factory.getbasetemp()
    # Each worker has a folder of its own in the run's.
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"once-{name}"
    folder.mkdir(exist_ok=True)
    done = folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            content = Path(tempfile.mkdtemp(dir=folder))
            make(content)
            done.write_text(content.name)
    return folder / done.read_text()
