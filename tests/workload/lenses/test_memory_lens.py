"""The memory lens against a known truth: an object of known size in every request, and bytes that every request leaves."""

import sys
from pathlib import Path

import pytest

from clientprof.attribution.findings.memory import grows
from clientprof.attribution.findings.subject import Subject
from clientprof.attribution.memory.memory_costs import memory_costs
from clientprof.model.costs.memory import MemoryCosts
from clientprof.model.results import ClientResult
from clientprof.model.run import RoundKind, Run
from clientprof.origin.process import OriginProcess
from clientprof.workload.changes import Change
from clientprof.workload.process import Event, run_worker
from small_load import TIMEOUT_S, settings_for

pytestmark = pytest.mark.usefixtures("no_process_left")

PLANTED_BYTES = 20_000
KEPT = bytes(1_000)
# With the object's own head.
LEAKED_BYTES = sys.getsizeof(KEPT)
PLANT = f"""
PLACES = [None] * 10_000  # so that no list grows
FREE = iter(range(10_000))

def planted_object():
    return bytearray({PLANTED_BYTES})

def keeps():
    PLACES[next(FREE)] = bytes({len(KEPT)})

def plant(_):
    import aiohttp

    original = aiohttp.ClientSession._request

    async def sends(self, *args, **kwargs):
        planted = planted_object()
        keeps()
        answer = await original(self, *args, **kwargs)
        del planted
        return answer

    aiohttp.ClientSession._request = sends
"""


def measured(origin: OriginProcess, **changes: object) -> Run:
    """A run under the lens; the origin holds and answers as a trace has it do."""
    events: list[str] = []

    def on_event(event: Event) -> None:
        events.append(str(event["event"]))
        if events[-1] == "hold":
            origin.hold()
        elif events[-1] == "release":
            origin.release()

    settings = settings_for(origin, lens="memory", cold=False, rounds=4, max_rounds=4, **changes)
    run = run_worker(settings, on_event, timeout_s=TIMEOUT_S)
    assert events.count("hold") == events.count("release") == 3
    return run


def costs_of(run: Run) -> MemoryCosts:
    assert not run.facts.notes
    found = memory_costs(run)
    assert found is not None
    found.self_check()
    return found


def test_a_planted_object_and_a_planted_leak_are_found_with_their_sizes_and_their_place(
    origin: OriginProcess, tmp_path: Path
) -> None:
    file = tmp_path / "planted.py"
    file.write_text(PLANT)
    run = measured(origin, client="aiohttp", arm="aiohttp", changes=(Change(file=str(file), name="plant"),))
    found = costs_of(run)
    assert found.in_flight == 16
    largest = found.functions[0]
    assert largest.function == "planted_object"
    assert largest.bytes_per_request == pytest.approx(PLANTED_BYTES, rel=0.05)
    assert found.per_request > PLANTED_BYTES
    assert found.growth is not None
    assert found.growth.traced.value == pytest.approx(LEAKED_BYTES, rel=0.1)
    subject = Subject(_client(found))
    finding = grows(subject)
    assert finding is not None
    assert [culprit.function for culprit in finding.culprits] == ["keeps"]
    # The rounds before are as they are without the lens: none of the traced ones is recorded.
    assert list(run.column("round.kind")) == [RoundKind.MEASURED] * 4
    assert len(run.column("resident.bytes")) == 5


def _client(memory: MemoryCosts) -> ClientResult:
    return ClientResult(
        "httpx", "0.28.1", {}, "", None, None, {}, (), (), None, None, (), (), (), None, memory=memory
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("client", "loop"), [("httpx", "trio"), ("aiohttp", "uvloop"), ("requests", "asyncio"), ("httpx2", "asyncio")]
)
def test_every_runtime_has_its_requests_in_flight_seen(origin: OriginProcess, client: str, loop: str) -> None:
    found = costs_of(measured(origin, client=client, arm=client, loop=loop))
    assert found.in_flight == 16
    assert found.apart < 0.1
    assert 500 < found.per_request < 200_000
    assert grows(Subject(_client(found))) is None


def test_a_server_that_holds_no_answer_gives_no_figure_and_a_note(origin: OriginProcess) -> None:
    settings = settings_for(origin, client="aiohttp", arm="aiohttp", lens="memory", cold=False)
    run = run_worker(settings, lambda event: None, timeout_s=TIMEOUT_S)
    assert memory_costs(run) is None
    assert any("was not seen" in note for note in run.facts.notes)
