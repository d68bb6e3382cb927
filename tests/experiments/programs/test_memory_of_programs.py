"""A program that keeps a kilobyte of every answer is found with its line and its bytes, and nothing else is found."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.findings import Finding
from clientprof.origin.process import OriginProcess
from measured import measured


def found(folder: Path, origin: OriginProcess, *words: str) -> list[Finding]:
    ended = measured(folder, *words[:2], f"{origin.ready.base_url}/1k", *words[2:], options=("--memory",))
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    return list(program_result(ended.recording).findings)


def test_a_kilobyte_kept_of_every_answer_is_named_with_its_place(tmp_path: Path, origin: OriginProcess) -> None:
    (finding,) = found(tmp_path, origin, "ages.py", "keeps_a_kilobyte", "600")
    (culprit,) = finding.culprits
    assert culprit.function.endswith("remembers_all")
    assert culprit.module.startswith("programs/ages.py:")
    grown = int(finding.title.partition("by ")[2].partition(" bytes")[0].replace(",", ""))
    # 1,004 bytes of content, 33 of a bytes object, 8 to 9 in the list.
    assert grown == pytest.approx(1045, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("ages.py", "stays_as_it_is", "2000"),
        ("healthy.py", "shares_an_aiohttp_session"),
        ("healthy.py", "threads_with_one_pool"),
    ],
)
def test_healthy_programs_get_no_finding_while_their_memory_is_looked_at(
    tmp_path: Path, origin: OriginProcess, words: tuple[str, ...]
) -> None:
    assert found(tmp_path, origin, *words) == []
