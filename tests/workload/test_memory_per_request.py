"""What a request leaves in the measured process: its rows in the recording, and nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clientprof.model.run import BYTES_PER_REQUEST
from clientprof.origin.process import OriginProcess

_PROBE = Path(__file__).with_name("memory_probe.py")
_REQUESTS = 10_000
# Arrays grow by an eighth at a time, and the allocator keeps arenas.
_SLACK_BYTES = 2_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
def test_ten_thousand_requests_grow_memory_by_no_more_than_the_recording_states() -> None:
    with OriginProcess() as origin:
        url = f"{origin.start().base_url}/1k"
        done = subprocess.run(
            [sys.executable, str(_PROBE), url], capture_output=True, text=True, check=True, timeout=120
        )
    grown = json.loads(done.stdout)
    assert grown["recorded_bytes"] <= BYTES_PER_REQUEST * _REQUESTS
    assert grown["memory_bytes"] <= 1.25 * grown["recorded_bytes"] + _SLACK_BYTES
