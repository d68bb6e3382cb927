"""Patches of httpx and httpx2 go together, whichever comes first."""

import subprocess
import sys
from pathlib import Path

import pytest

from clientprof.experiments.suspects.suspect import PATCHES
from clientprof.origin.process import OriginProcess

SCRIPT = Path(__file__).parents[1] / "plants" / "patch_pairs.py"
BOTH = (
    "anyio_scopes", "anyio_streams", "exception_mapping", "h11_parser", "pool_scan", "socket_poll", "trace_objects",
    "url_parse",
)  # fmt: skip
NAMES = {
    "httpx": (*BOTH, "cookie_extraction", "double_assignment", "lock_yield"),
    "httpx2": BOTH,
}


@pytest.mark.skipif(sys.platform == "win32", reason="forks a process for each pair")
@pytest.mark.parametrize(("client", "root"), [("httpx", "httpcore"), ("httpx2", "httpcore2")])
def test_any_two_patches_go_together_in_either_order(client: str, root: str, origin: OriginProcess) -> None:
    command = [sys.executable, str(SCRIPT), client, root, str(PATCHES), f"{origin.ready.base_url}/1k"]
    ended = subprocess.run([*command, *NAMES[client]], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [], ended.stderr[-2000:]
