"""A program on gevent: requests of greenlets, which take turns in one thread."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.lane import LaneKind
from clientprof.model.programs.results import Limit
from clientprof.origin.process import OriginProcess
from measured import measured

pytest.importorskip("gevent")
GREENLETS, EACH, DELAY_MS = 8, 5, 100


@pytest.mark.parametrize("client", ["requests", "urllib"])
def test_requests_of_greenlets_are_measured_and_block_no_loop(
    tmp_path: Path, origin: OriginProcess, client: str
) -> None:
    url = f"{origin.ready.base_url}/delay/{DELAY_MS}/1k"
    ended = measured(tmp_path, "greenlets.py", url, str(GREENLETS), client)
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    result = program_result(ended.recording)
    [site] = result.call_sites
    assert (site.requests, site.failed, site.blocking) == ((GREENLETS + 1) * EACH, 0, False)
    assert [
        lane.facts.program.kind for lane in ended.recording.runs if lane.facts.program and lane.column("slice.ended")
    ] == [LaneKind.GREENLETS]
    assert result.answer.limit is Limit.SERVER
    assert result.answer.sentence.endswith(
        "In greenlets, a wait for the server includes waiting for other greenlets to give way."
    )
    waits = next(row for row in site.phases if row.phase == "wait")
    assert waits.wall_us > 1000 * DELAY_MS
    assert waits.cpu_us is None
    # What is opened, looked up and shaken hands on by gevent's own sockets is not counted, and not said to be none.
    assert not {"connections_per_1000_requests", "handshakes_per_1000_requests"} & {row.name for row in result.counters}
    assert site.connects_per_1000 is None
    assert not result.findings
