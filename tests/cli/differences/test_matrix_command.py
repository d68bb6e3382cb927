"""``clientprof matrix``: what is written, rendered again, and refused."""

import json
from pathlib import Path

import pytest

from command import refusal, results, run


@pytest.mark.slow
def test_a_matrix_measures_every_cell_in_the_same_blocks_and_is_rendered_again(tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    loads = ("--scenario", "c2/1k", "--scenario", "c4/1k/tls")
    ran = run("matrix", "aiohttp", *loads, "--blocks", "1", "--quick", "--out", str(out))
    assert ran.code == 0, ran
    folder = results(out)
    summary = json.loads((folder / "summary.json").read_text())
    first, other = summary["matrix"]["cells"]
    assert (first["load"], other["load"]) == ("c2/1k", "c4/1k/tls")
    assert first["cpu_ratio"] is None
    assert other["verdict"] == "another load"
    assert first["cpu_us_per_request"]["value"] > 0
    # A ratio is to the geometric mean of the first cell's two arms, its cost is their mean. Six significant digits are kept.
    apart = summary["matrix"]["aa_ratio"]["value"]
    geometric_us = first["cpu_us_per_request"]["value"] * 2 * apart**0.5 / (1 + apart)
    assert other["cpu_ratio"]["value"] == pytest.approx(other["cpu_us_per_request"]["value"] / geometric_us, rel=2e-5)
    assert summary["matrix"]["aa_ratio"]["n"] == 1
    assert "All cells" in (folder / "report.html").read_text()
    rendered = run("report", str(folder / "recording.clientprof"), "--out", str(again), "--json")
    assert rendered.code == 0, rendered
    assert json.loads(rendered.out)["matrix"] == summary["matrix"]
    for command in ("export", "finding"):
        more = ("--format", "csv-phases") if command == "export" else ()
        assert "is of `matrix`" in refusal(command, str(folder / "recording.clientprof"), *more, code=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("httpx",), "needs two cells or more"),
        (("httpx", "httpx"), "needs two cells or more"),
        (("httpx", "nope"), "no client 'nope'"),
        (("httpx@py3.12", "aiohttp", "--python", "3.11"), "names its Python"),
        (("httpx", "--python", "2.7", "--python", "3.11"), "2.7"),
        (("httpx", "aiohttp", "--scenario", "fast"), "--scenario fast"),
        (("httpx", *(f"--scenario=c{n}/1k" for n in range(1, 60))), "59 cells are too many"),
        (("httpx", "aiohttp", "--blocks", "0"), "--blocks"),
        (("httpx", "aiohttp", "--resume", "missing"), "no such file"),
    ],
)
def test_wrong_use_of_a_matrix_is_refused_in_one_line(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    assert said in refusal("matrix", *arguments, "--out", str(tmp_path))
