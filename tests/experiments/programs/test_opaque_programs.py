"""Programs on curl_cffi, whose work is done in C: waits for its handles, for the server and for pieces are told apart."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import Limit, ProgramResult
from clientprof.origin.process import OriginProcess
from measured import measured

pytest.importorskip("curl_cffi")

_ON_A_LOOP = """
import asyncio, sys
from curl_cffi.requests import AsyncSession

async def ask(session):
    return (await session.get(sys.argv[1])).content

async def main():
    async with AsyncSession(max_clients=4) as session:
        for _ in range(3):
            await asyncio.gather(*(ask(session) for _ in range(16)))

asyncio.run(main())
"""
_IN_THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from curl_cffi.requests import Session

session = Session()

def ask(_):
    return session.get(sys.argv[1]).content

with ThreadPoolExecutor(4) as pool:
    list(pool.map(ask, range(24)))
"""
_PIECES = """
import sys
from curl_cffi.requests import Session

session = Session()
for _ in range(4):
    response = session.get(sys.argv[1], stream=True)
    for piece in response.iter_content():
        pass
    response.close()
"""


def result_of(folder: Path, code: str, url: str) -> ProgramResult:
    program = folder / "program.py"
    program.write_text(code)
    ended = measured(folder, str(program), url)
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    return program_result(ended.recording)


def phases(result: ProgramResult) -> dict[str, float]:
    (site,) = result.call_sites
    return {row.phase: row.wall_us / site.wall_us for row in site.phases}


def test_requests_that_wait_for_a_handle_are_told_with_the_limit(tmp_path: Path, origin: OriginProcess) -> None:
    result = result_of(tmp_path, _ON_A_LOOP, f"{origin.ready.base_url}/delay/50")
    assert (result.requests, result.failed) == (48, 0)
    # Of 16 at once four have a handle: the others wait for one, two or three turns.
    assert phases(result)["pool"] == pytest.approx(0.6, abs=0.15)
    assert result.answer.limit is Limit.POOL
    assert "All 4 that are allowed were in use" in result.answer.sentence
    assert any("max_clients=16" in finding.code for finding in result.findings)
    assert result.unattributed_share == 0.0


def test_calls_of_threads_wait_for_the_server(tmp_path: Path, origin: OriginProcess) -> None:
    result = result_of(tmp_path, _IN_THREADS, f"{origin.ready.base_url}/delay/50")
    assert (result.requests, result.failed) == (24, 0)
    assert phases(result) == {"wait": pytest.approx(1.0)}
    assert result.answer.limit is Limit.SERVER


def test_pieces_are_waited_for(tmp_path: Path, origin: OriginProcess) -> None:
    result = result_of(tmp_path, _PIECES, f"{origin.ready.base_url}/stream/10x2k/20")
    (site,) = result.call_sites
    stream = next(row for row in site.phases if row.phase == "stream")
    assert site.requests == 4
    assert stream.wall_us >= 150_000
    assert stream.between_us is not None
    assert stream.between_us < 0.1 * stream.wall_us
