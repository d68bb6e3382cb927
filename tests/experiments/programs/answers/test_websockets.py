"""A WebSocket is no body: its request is over when the protocol is switched."""

from pathlib import Path

from clientprof.attribution.programs.program_result import program_result
from measured import measured

MESSAGES, EACH_S = 40, 0.01


def test_the_request_of_a_websocket_ends_when_the_protocol_is_switched(tmp_path: Path) -> None:
    ended = measured(tmp_path, "websocket.py")
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    result = program_result(ended.recording)
    switched, asked = sorted(result.call_sites, key=lambda site: site.requests)
    assert (switched.requests, asked.requests, result.failed, result.open) == (1, MESSAGES, 0, 0)
    assert switched.wall_us < 1e6 * MESSAGES * EACH_S
    assert "stream" not in {row.phase for row in switched.phases}
    assert "slow-reader" not in [finding.id for finding in result.findings]
