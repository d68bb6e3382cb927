"""A body that comes slowly is a wait for the body, not for the headers, whichever client reads it whole."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import Limit
from clientprof.origin.process import OriginProcess
from measured import measured


def check(folder: Path, origin: OriginProcess, client: str, *options: str) -> None:
    url = f"{origin.ready.base_url}/stream/10x2k/20"
    ended = measured(folder, "whole_bodies.py", client, url, options=options)
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    result = program_result(ended.recording)
    (site,) = result.call_sites
    phases = {row.phase: row.wall_us for row in site.phases}
    # Nine pauses of 20 ms or ten; who is late at the first piece waits less for the second.
    assert 150_000 <= phases["body"] <= site.wall_us
    assert phases.get("headers", 0.0) + phases.get("release", 0.0) < 0.1 * phases["body"]
    assert result.answer.limit is Limit.SERVER


@pytest.mark.parametrize("client", ["httpx", "aiohttp", "httpx_sync", "requests", "urllib3", "urllib"])
def test_a_body_of_ten_pieces_is_waited_for(tmp_path: Path, origin: OriginProcess, client: str) -> None:
    check(tmp_path, origin, client)


@pytest.mark.slow
@pytest.mark.parametrize("client", ["niquests", "niquests_async", "requests", "urllib3"])
def test_so_it_is_on_the_fork_of_niquests(
    tmp_path: Path, origin: OriginProcess, python_with_niquests: str, client: str
) -> None:
    check(tmp_path, origin, client, "--python", python_with_niquests)
