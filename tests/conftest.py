"""Running origins and a package index for whoever needs one, and how many examples property tests try.

Fewer where HYPOTHESIS_PROFILE=few is set.
"""

import compileall
import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

import clientprof
from clientprof.clients import CLIENTS
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from heavy_tests import ALWAYS, EVERY_CLIENT, LONGEST_FIRST, ONLY_ON_NEWEST, PORTABLE, SAME_EVERYWHERE, WHOLE_RUNS
from measurable_clients import MISSING, WITHOUT_WHEELS

# Simulated runs take milliseconds each, so deadlines would time the machine and not the code.
settings.register_profile(
    "default", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("few", parent=settings.get_profile("default"), max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_configure(config: pytest.Config) -> None:
    """Compile the package once, as an installation does that is not editable.

    Tests start more than a thousand processes. Where PYTHONDONTWRITEBYTECODE is set, as in many containers, each would
    compile what it imports again: a third of a worker's CPU, 40 % of a command's.
    """
    # Rewritten test modules are kept as well: half of the eight seconds that each worker process takes to collect them.
    sys.dont_write_bytecode = False
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(clientprof.__file__).parent, quiet=2)


@pytest.fixture(scope="session")
def origin() -> Iterator[OriginProcess]:
    """A plain origin."""
    with OriginProcess() as running:
        yield running


@pytest.fixture(scope="session")
def tls_origin() -> Iterator[OriginProcess]:
    """An origin with TLS."""
    with OriginProcess(Options(tls=True)) as running:
        yield running


@pytest.fixture(scope="session")
def index() -> None:
    """Skips where pip cannot reach its index: only then is there nothing to install from."""
    command = [sys.executable, "-m", "pip", "index", "versions", "httpx", "--retries", "0", "--timeout", "5"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        pytest.skip("the package index does not answer")
    if "0.28.1" not in ran.stdout:
        pytest.skip("the package index cannot be reached")


def _file_of(path: Path) -> str:
    return path.relative_to(Path(__file__).parent).as_posix()


def _portable(file: str) -> bool:
    left_out = SAME_EVERYWHERE if sys.version_info >= (3, 14) else SAME_EVERYWHERE | ONLY_ON_NEWEST
    return (file in PORTABLE or file.rpartition("/")[0].split("/")[0] in PORTABLE) and file not in left_out


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files that hold nothing of what ``-m`` asks for: each process would take seconds to collect all of them."""
    wanted = str(config.getoption("markexpr")).partition(" ")[0]
    if wanted not in ("slow", "portable") or collection_path.suffix != ".py":
        return None
    file, text = _file_of(collection_path), collection_path.read_text(encoding="utf-8")
    if wanted == "portable":
        holds = _portable(file) or "mark.portable" in text
    else:
        holds = file in EVERY_CLIENT or "mark.slow" in text or any(name in text for name in WHOLE_RUNS)
    return None if holds else True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is too long for the default run, before ``-m`` chooses; begin with what takes longest."""
    first = {file: place for place, file in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: first.get(_file_of(item.path), len(first)))
    for item in items:
        file = _file_of(item.path)
        values = (
            item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
        )
        texts = {value for value in values if isinstance(value, str)}
        clients = texts & CLIENTS.keys()
        others = file in EVERY_CLIENT and clients and not clients & ALWAYS
        if others or getattr(item, "originalname", None) in WHOLE_RUNS:
            item.add_marker(pytest.mark.slow)
        elif _portable(file):
            item.add_marker(pytest.mark.portable)
        for reason in dict.fromkeys(
            (MISSING | WITHOUT_WHEELS)[text] for text in texts & (MISSING | WITHOUT_WHEELS).keys()
        ):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What a test collects is its own garbage: thousands of collected tests take a second each time, and stay anyway."""
    # hypothesis asks the collector once who holds its random numbers, which is no more told of what is frozen.
    given(strategies.none())(lambda _: None)()
    gc.collect()
    gc.freeze()
