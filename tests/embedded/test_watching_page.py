"""The examples of docs/watching.md run as they stand, against a real server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from clientprof.model.costs.watching import NAMES
from clientprof.origin.process import OriginProcess

PAGE = (Path(__file__).parents[2] / "docs" / "watching.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("place", range(len(EXAMPLES)))
def test_each_example_runs_as_it_stands(place: int, origin: OriginProcess, tmp_path: Path) -> None:
    example = f"URL = {origin.ready.base_url + '/1k'!r}\n{EXAMPLES[place]}"
    tests = "def test_" in example
    script = tmp_path / ("test_example.py" if tests else "app.py")
    script.write_text(example, encoding="utf-8")
    options = ["-m", "pytest", "-q", "-p", "no:asyncio", "-p", "no:cacheprovider", "--clientprof"] if tests else []
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ran = subprocess.run(
        [sys.executable, *options, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    expected = ("3 requests, 0 failed; 3 connections opened", "3 requests\n", "all 2 tests with a cost")[place]
    assert expected in ran.stdout


def test_the_page_explains_every_figure() -> None:
    for name in NAMES:
        assert f"`{name}`" in PAGE
