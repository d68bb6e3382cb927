"""One real trace that many tests look at, and commands that are refused in this process."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from command import QUICK, Traced, refused, results, run, run_here
from made_once import made_once


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    """httpx against aiohttp, every lens, as small as it can be."""

    def trace(folder: Path) -> None:
        ran = run("trace", "--client", "httpx", *QUICK, "--seed", "3", "--out", str(folder / "out"))
        assert ran.code == 0, ran
        results(folder / "out")
        (folder / "printed.json").write_text(json.dumps([ran.out, ran.err]))

    made = made_once(tmp_path_factory, "traced", trace)
    (folder,) = (made / "out").iterdir()
    out, err = json.loads((made / "printed.json").read_text())
    return Traced(folder, out, err, json.loads((folder / "summary.json").read_text()))


@pytest.fixture
def here() -> Callable[..., str]:
    """The same as ``refusal``, in this process: most of these answers differ in nothing but their text."""

    return lambda *arguments: refused(run_here(*arguments), 2)
