"""The lens of Tachyon: its stacks are told as ours are; where it cannot sample it says why, and the rest is whole."""

import importlib.util
import io
import sys
from pathlib import Path

import pytest

from clientprof.clients.httpx_client import HttpxAdapter
from clientprof.model.run import Run
from clientprof.origin.process import OriginProcess
from clientprof.workload.lenses import tachyon
from clientprof.workload.worker import Progress, measure
from small_load import settings_for

HAS_TACHYON = sys.version_info >= (3, 15)
# Speaks as tachyon_sampler.py does.
SAMPLER = """import json, sys
for line in sys.stdin:
    print(json.dumps({{"attach": {attached}, "end": {{"failed_samples": 4}}}}.get(line.strip(), {{}})), flush=True) \
if line.strip() != "begin" else None
print(json.dumps({{"stacks": {stacks}}}), flush=True)
"""


def run_with(sampler: str | None, origin: OriginProcess, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A worker under the lens, in this process, with that sampler in place of the real one."""
    if sampler is not None:
        path = folder / "sampler.py"
        path.write_text(sampler)
        monkeypatch.setattr(tachyon, "_SAMPLER", path)
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n" * 10))
    return measure(settings_for(origin, lens="tachyon", rounds=2, max_rounds=2), Progress(io.StringIO()))


def test_stacks_come_with_first_lines_weights_and_garbage_told_apart(
    origin: OriginProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = HttpxAdapter.build.__code__
    frame = [code.co_filename, code.co_qualname, code.co_firstlineno + 1]
    stacks = [[3, [frame]], [2, [["~", "<GC>", 0], frame]], [1, [["/gone.py", "nowhere", 5], [*frame[:2], 0]]]]
    sampler = SAMPLER.format(attached='{"ready": True}', stacks=stacks)
    run = run_with(sampler, origin, tmp_path, monkeypatch)
    assert [(place.function, place.line) for place in run.facts.codes] == [
        ("HttpxAdapter.build", code.co_firstlineno), ("nowhere", 0),
    ]  # fmt: skip
    assert list(run.columns["sample.weight_ns"]) == [1_000_000] * 3 + [0, 0, 1_000_000]
    assert list(run.columns["sample.gc_ns"]) == [0, 0, 0, 1_000_000, 1_000_000, 0]
    assert "Tachyon took 6 samples while the thread was on a CPU, and failed in 4" in run.facts.notes


def test_a_refusal_of_the_system_is_told_and_the_rest_is_whole(
    origin: OriginProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler = SAMPLER.format(attached='{"failed": "PermissionError: not permitted"}', stacks=[])
    run = run_with(sampler, origin, tmp_path, monkeypatch)
    assert "Tachyon did not sample: PermissionError: not permitted" in run.facts.notes
    assert run.facts.complete
    assert set(run.columns["exchange.error"]) == {0}


def test_a_sampler_that_ends_at_once_is_told(
    origin: OriginProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_with("", origin, tmp_path, monkeypatch)
    assert "Tachyon did not sample: its process ended" in run.facts.notes
    assert run.facts.complete


@pytest.mark.skipif(HAS_TACHYON, reason="Python 3.15 and newer have it")
def test_an_older_python_says_that_it_has_no_tachyon(
    origin: OriginProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_with(None, origin, tmp_path, monkeypatch)
    assert f"Tachyon did not sample: {tachyon.TOO_OLD}" in run.facts.notes
    assert run.facts.complete


@pytest.mark.skipif(not HAS_TACHYON, reason="profiling.sampling is there from Python 3.15 on")
def test_the_real_sampler_sees_the_client(
    origin: OriginProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n" * 10))
    settings = settings_for(origin, lens="tachyon", concurrency=64, max_rounds=50, min_cpu_s=0.5)
    run = measure(settings, Progress(io.StringIO()))
    functions = {place.function for place in run.facts.codes}
    assert "BaseEventLoop._run_once" in functions
    assert any("AsyncConnectionPool" in function for function in functions)
    assert [place for place in run.facts.codes if place.origin == "package" and place.line == 0] == []
    assert len(run.columns["sample.stack"]) > 50
