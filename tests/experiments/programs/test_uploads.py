"""Real programs that send their bodies in tiny pieces are told so, with 85 to 115 % of the CPU that larger pieces save."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.findings import Finding
from clientprof.model.programs.results import ProgramResult
from clientprof.origin.process import OriginProcess
from measured import measured


def answered(
    folder: Path, origin: OriginProcess, which: str, client: str = "httpx", loop: str = "asyncio"
) -> tuple[ProgramResult, float]:
    """What was found, and the CPU seconds of the program's thread by its own clock."""
    ended = measured(folder / which, "uploads.py", which, client, loop, f"{origin.ready.base_url}/upload")
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    return program_result(ended.recording), float(ended.output)


def tiny(result: ProgramResult) -> list[Finding]:
    """Those findings that are meant here: pauses of the collector, say, come and go with the machine."""
    return [finding for finding in result.findings if finding.id == "body-in-tiny-pieces"]


@pytest.mark.parametrize(
    ("client", "loop"),
    [
        ("httpx", "asyncio"),
        ("aiohttp", "asyncio"),
        pytest.param("httpx", "uvloop", marks=pytest.mark.slow),
        pytest.param("aiohttp", "uvloop", marks=pytest.mark.slow),
    ],
)
def test_a_body_in_tiny_pieces_is_told_with_the_cpu_that_larger_ones_save(
    tmp_path: Path, origin: OriginProcess, client: str, loop: str
) -> None:
    result, tiny_s = answered(tmp_path, origin, "tiny", client, loop)
    larger, large_s = answered(tmp_path, origin, "large", client, loop)
    (told,) = tiny(result)
    assert f"with_{client}.<locals>.uploads` (uploads.py:" in told.title
    # 2,048 pieces, the head, and the end; each piece is framed.
    assert "in 2,049 pieces of 1,03" in told.title or "in 2,050 pieces of 1,03" in told.title
    assert (told.cost_us_per_request or 0.0) * result.requests / 1e6 == pytest.approx(tiny_s - large_s, rel=0.15)
    assert tiny(larger) == []


@pytest.mark.parametrize("client", ["httpx", "aiohttp"])
@pytest.mark.parametrize(
    "which",
    [
        pytest.param("joined", marks=pytest.mark.slow),
        pytest.param("small", marks=pytest.mark.slow),
        "events",
        pytest.param("seldom", marks=pytest.mark.slow),
    ],
)
def test_joined_pieces_small_bodies_events_and_a_loop_that_mostly_waits_are_told_nothing(
    tmp_path: Path, origin: OriginProcess, which: str, client: str
) -> None:
    result, _ = answered(tmp_path, origin, which, client)
    assert tiny(result) == []
