"""A program that uses the sampler's signal itself: its event loop is looked at by a thread instead."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.origin.process import OriginProcess
from measured import measured


@pytest.mark.parametrize("when", ["before", "inside"])
def test_what_holds_the_loop_is_seen_although_the_program_has_the_signal(
    tmp_path: Path, origin: OriginProcess, when: str
) -> None:
    ended = measured(tmp_path, "observing/own_alarm.py", f"{origin.ready.base_url}/1k", when)
    assert (ended.code, ended.output) == (0, b"heard\n"), ended.errors
    assert ended.recording is not None
    result = program_result(ended.recording)
    assert result.holders[0].function == "computes"
    assert result.holders[0].share_of_loop > 0.5
    said = [notice.text for notice in result.notices if "looked at by another thread" in notice.text]
    assert len(said) == 1
