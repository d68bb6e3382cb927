"""``--patch``: read by its form, refused in one line that says the form, predicted by the function's own cost."""

from pathlib import Path

import pytest

from clientprof.experiments.suspects.own_patch import FORM, PatchError, own_patch, parse_patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.workload.changes import Change
from made_cases import case, client, function


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my=odd:name.py"
    path.write_text("def quick(): ...\n")
    return path


@pytest.mark.parametrize("target", ["lib.client:send", "lib:Client.send"])
def test_a_patch_is_read_also_from_a_path_with_odd_signs(file: Path, target: str) -> None:
    assert parse_patch(f"{target}={file}:quick") == Change(target=target, file=str(file), name="quick")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "is no patch"),
        ("lib:send", "is no patch"),
        ("lib:send=", "is no patch"),
        ("lib:send={file}", "is no patch"),
        ("send={file}:quick", "is no patch"),
        ("lib:=x.py:quick", "names no function"),
        ("lib:a..b={file}:quick", "names no function"),
        ("lib-x:send={file}:quick", "names no function"),
        ("lib:send={file}:", "no function's name"),
        ("lib:send={file}:2x", "no function's name"),
        ("lib:send=mine.txt:quick", "mine.txt is no Python file"),
        ("lib:send=missing.py:quick", "there is no file missing.py"),
    ],
)
def test_what_is_no_patch_is_refused_in_one_line(text: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("")
    with pytest.raises(PatchError) as caught:
        parse_patch(text.format(file=path))
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert named in said
    assert FORM in said or "there is no file" in said


def test_the_predicted_gain_is_the_functions_own_cost_in_the_profile(file: Path) -> None:
    suspect = own_patch(parse_patch(f"lib.client:C.f={file}:quick"), "aiohttp")
    evidence = suspect.evidence(case(client(function("C.f", 21.0, 3.0), function("C.g", 50.0))))
    assert evidence is not None
    assert evidence.predicted_us == 21.0
    assert "3.00 calls" in evidence.text
    assert (suspect.kind, suspect.id) == (Kind.PATCH, "patch-lib.client.C.f")


def test_a_function_that_no_sample_has_seen_predicts_nothing_but_is_tried(file: Path) -> None:
    suspect = own_patch(parse_patch(f"lib.client:C.f={file}:quick"), "aiohttp")
    evidence = suspect.evidence(case(client()))
    assert evidence is not None
    assert evidence.predicted_us is None
    assert suspect.intervention(case(client())).changes == (Change("lib.client:C.f", str(file), "quick"),)
