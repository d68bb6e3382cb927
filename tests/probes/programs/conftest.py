"""A process with the instruments of a program, whose loop switches between detail and none as a test says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from watched_process import Watched


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.patches.restore()
