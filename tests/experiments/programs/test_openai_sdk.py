"""The official OpenAI SDK, as its users install it: its calls are counted at the lines of the script, through the SDK."""

import subprocess
import sys
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.layers import Layer
from measured import PROGRAMS, measured

pytestmark = pytest.mark.slow


@pytest.fixture
def api() -> Iterator[str]:
    """The address of the server."""
    with subprocess.Popen([sys.executable, PROGRAMS / "chat_api.py"], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield f"http://127.0.0.1:{running.stdout.readline().strip()}"
        finally:
            running.terminate()


def test_chats_whole_and_streamed_are_counted_at_the_lines_that_ask(api: str, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "openai"], check=True, capture_output=True, timeout=300)
    ended = measured(tmp_path / "out", "asks_openai.py", f"{api}/v1", options=("--python", str(python)))
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    result = program_result(ended.recording)

    assert int(urllib.request.urlopen(f"{api}/count").read()) == 410
    assert (result.requests, result.failed, result.open) == (410, 0, 0)
    assert {(site.function.rpartition(".")[2], site.requests, site.through) for site in result.call_sites} == {
        ("whole", 200, ("openai",)),
        ("streamed", 200, ("openai",)),
        ("main", 10, ("openai",)),
    }
    # A streamed answer is divided: ten milliseconds to each of five events, and the SDK and the script between them.
    (streamed,) = [site for site in result.call_sites if site.function.endswith("streamed")]
    row = next(row for row in streamed.phases if row.phase == "stream")
    assert row.asks is not None
    assert row.asks >= 5
    assert row.between_us is not None
    assert row.between_us < 0.5 * row.wall_us
    assert "slow-reader" not in {finding.id for finding in result.findings}
    # The newest SDK stands on httpx2; what the client itself computes is told apart from what stands on it.
    assert {site.client.name for site in result.call_sites} <= {"httpx2", "httpx"}
    layers = {row.layer: row.cpu_us_per_request.value for row in result.layers}
    assert layers[Layer.POOL] > 0
    assert layers[Layer.HTTP] > 0
