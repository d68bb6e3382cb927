"""On real clients, in the same round, ``sys.monitoring`` and yappi count every function the same number of times."""

import gc
import importlib.util
import io
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from clientprof.model.run import RoundKind
from clientprof.origin.process import OriginProcess
from clientprof.probes.locations import shorten
from clientprof.workload.lenses.count_lens import CountLens
from clientprof.workload.worker import Progress, measure
from small_load import settings_for

pytestmark = [
    pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is there from Python 3.12 on"),
    pytest.mark.skipif(importlib.util.find_spec("yappi") is None, reason="yappi has no wheel for this Python"),
]


@pytest.fixture
def nobody_hears_of_collections() -> Iterator[None]:
    """Hypothesis does, once it ran in this process: a collection between the starts of both lenses is counted by one."""
    callbacks = gc.callbacks[:]
    gc.callbacks.clear()
    yield
    gc.callbacks[:] = callbacks


@pytest.mark.usefixtures("nobody_hears_of_collections")
@pytest.mark.parametrize("client", ["httpx", "aiohttp", "httpx-sync", "requests"])
def test_every_function_of_a_client_has_the_same_count_by_both(
    client: str, tls_origin: OriginProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yappi

    begin, end = CountLens.begin, CountLens.end
    theirs: Counter[tuple[str, int, str]] = Counter()

    def begin_both(self: CountLens, kind: RoundKind) -> None:
        begin(self, kind)
        if kind is RoundKind.MEASURED:
            yappi.set_clock_type("wall")
            yappi.start(builtins=False, profile_threads=True)

    def end_both(self: CountLens, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED:
            yappi.stop()
            for stat in yappi.get_func_stats():
                file, origin = shorten(stat.module)
                if origin == "package":
                    theirs[file, stat.lineno, stat.name.rpartition(".")[2]] += stat.ncall
            yappi.clear_stats()
        end(self, kind)

    monkeypatch.setattr(CountLens, "begin", begin_both)
    monkeypatch.setattr(CountLens, "end", end_both)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n" * 10))
    settings: Any = settings_for(tls_origin, client=client, lens="count", concurrency=8, requests=64, cold=False)
    run = measure(settings, Progress(io.StringIO()))
    assert not [note for note in run.facts.notes if note.startswith("probe removed")]
    ours: Counter[tuple[str, int, str]] = Counter()
    for count in run.facts.calls:
        if count.calls and not count.file.startswith("<"):
            ours[count.file, count.line, count.function.rpartition(".")[2]] += count.calls
    assert {key: (ours[key], theirs[key]) for key in ours | theirs if ours[key] != theirs[key]} == {}
    assert len(ours) > 50
    assert max(ours.values()) >= 64
