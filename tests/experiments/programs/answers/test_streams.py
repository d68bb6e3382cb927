"""Answers that programs read piece by piece, over real sockets: what the client waits for pieces and what the program does
between them is divided within 10 % of the program's own clock, and who makes it long is told."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import Limit, ProgramPhase, ProgramResult
from clientprof.origin.process import OriginProcess
from measured import measured

# Pieces of an answer, how often the server sends one, and how long the program works on it.
SLOW_SERVER = "20x2k/10", 0
SLOW_READER = "20x2k/0", 10
BOTH = "20x2k/20", 10
FAST = ["httpx_bytes", "aiohttp_chunks", "requests_content"]
MORE = [
    "httpx_lines",
    "httpx_sync",
    "aiohttp_reads",
    "requests_copied",
    "urllib3_stream",
    "urllib_reads",
    "http_client_lines",
]
READERS = [*map(pytest.param, FAST), *(pytest.param(each, marks=pytest.mark.slow) for each in MORE)]


class Read:
    """One program, read by the analysis: ``worked_s`` and ``held_s`` are what it saw itself."""

    def __init__(self, folder: Path, origin: OriginProcess, reader: str, load: tuple[str, int], *options: str) -> None:
        shape, work_ms = load
        url = f"{origin.ready.base_url}/{'sse' if 'lines' in reader else 'stream'}/{shape}"
        ended = measured(folder, "streams.py", reader, url, str(work_ms), options=options)
        assert ended.code == 0, ended.errors
        assert ended.recording is not None
        self.worked_s, self.held_s = map(float, ended.output.split())
        self.result: ProgramResult = program_result(ended.recording)
        (site,) = self.result.call_sites
        assert reader in site.function
        self.requests = site.requests
        self.row: ProgramPhase = next(row for row in site.phases if row.phase == "stream")
        assert self.row.between_us is not None
        assert self.row.late_us is not None
        self.between_s, self.late_s = self.seconds(self.row.between_us), self.seconds(self.row.late_us)

    def seconds(self, us: float) -> float:
        return us * self.requests / 1e6

    @property
    def told(self) -> list[str]:
        return [finding.id for finding in self.result.findings]


@pytest.mark.parametrize("reader", READERS)
def test_a_slow_server_is_waited_for(tmp_path: Path, origin: OriginProcess, reader: str) -> None:
    read = Read(tmp_path, origin, reader, SLOW_SERVER)
    assert read.seconds(read.row.inside_us) == pytest.approx(read.held_s, rel=0.1)
    assert read.between_s < 0.1 * read.held_s
    assert read.told == []
    assert read.result.answer.limit is Limit.SERVER


@pytest.mark.parametrize("reader", READERS)
def test_a_slow_reader_is_told_at_its_call(tmp_path: Path, origin: OriginProcess, reader: str) -> None:
    read = Read(tmp_path, origin, reader, SLOW_READER)
    assert read.between_s == pytest.approx(read.worked_s, rel=0.1)
    assert read.late_s == pytest.approx(read.worked_s, rel=0.1)
    assert read.told == ["slow-reader"]
    assert read.result.answer.limit is Limit.STREAM


@pytest.mark.parametrize("reader", READERS)
def test_work_that_is_done_before_the_next_piece_is_sent_is_divided_and_not_blamed(
    tmp_path: Path, origin: OriginProcess, reader: str
) -> None:
    read = Read(tmp_path, origin, reader, BOTH)
    assert read.between_s == pytest.approx(read.worked_s, rel=0.1)
    assert read.seconds(read.row.inside_us) == pytest.approx(read.held_s - read.worked_s, rel=0.1)
    assert read.told == []
    assert read.result.answer.limit is Limit.SERVER


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["niquests_content", "niquests_async"])
def test_niquests_is_divided_too(tmp_path: Path, origin: OriginProcess, python_with_niquests: str, reader: str) -> None:
    options = ("--python", python_with_niquests)
    read = Read(tmp_path / "both", origin, reader, BOTH, *options)
    assert read.between_s == pytest.approx(read.worked_s, rel=0.1)
    assert read.told == []
    read = Read(tmp_path / "late", origin, reader, SLOW_READER, *options)
    assert read.late_s == pytest.approx(read.worked_s, rel=0.1)
    assert read.told == ["slow-reader"]
