"""``clientprof sweep`` and ``clientprof bisect``: what is written, rendered again, and refused."""

import json
from pathlib import Path

import pytest

from clientprof.experiments.releases import order
from command import refusal, results, run


def test_a_sweep_measures_every_client_at_every_n_and_is_rendered_again(tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    ran = run("sweep", "--client", "aiohttp", "-n", "16,4,8", "--out", str(out))
    assert ran.code == 0, ran
    folder = results(out)
    growth = json.loads((folder / "summary.json").read_text())["growth"]
    assert growth["n"] == [4, 8, 16]
    assert [[point["n"] for point in row["points"]] for row in growth["totals"]] == [[4, 8, 16]]
    assert growth["totals"][0]["slope"] is not None
    assert {row["layer"] for row in growth["layers"]} >= {"http", "io", "pool"}
    assert growth["retention"][0]["client"] == "aiohttp"
    rendered = run("report", str(folder / "recording.clientprof"), "--out", str(again), "--json")
    assert rendered.code == 0, rendered
    assert json.loads(rendered.out)["growth"] == growth


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sweep", "-n", "16"), "needs 2 to 12 different numbers"),
        (("sweep", "-n", "16,x"), "is no list of numbers"),
        (("sweep", "-n", "16,64", "--client", "nope"), "no client 'nope'"),
        (("sweep", "-n", "16,64", "--requests", "32"), "--requests must be"),
        (("bisect", "--client", "httpx2", "--good", "2.0.0"), "--bad"),
        (("bisect", "--client", "httpx2==2.0.0", "--good", "2.0.0", "--bad", "2.1.0"), "without a version"),
        (("bisect", "--client", "httpx2", "--good", "2.0.0", "--bad", "2.0.0"), "the same version"),
        (("bisect", "--client", "httpx2", "--good", ">2", "--bad", "2.0.0"), "one exact version"),
        (("bisect", "--client", "floor", "--good", "1", "--bad", "2"), "without a version"),
    ],
)
def test_wrong_use_is_refused_in_one_line(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    assert said in refusal(*arguments, "--out", str(tmp_path))


def test_releases_are_ordered_by_number_and_not_by_text() -> None:
    assert sorted(["2.10.0", "2.9.1", "2.9.0.post1", "2.9.0", "2.0"], key=order) == [
        "2.0", "2.9.0", "2.9.0.post1", "2.9.1", "2.10.0",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no release"):
        order("2.0.0rc1")
