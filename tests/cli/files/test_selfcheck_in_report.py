"""The result of a self-check is shown in the report that names it, and a file that is none is refused."""

import json
from pathlib import Path

from clientprof.cli.files.selfcheck_file import SCHEMA
from command import Traced, results, run

_ROW = {"name": "<b>parser</b>", "error": -0.012, "tolerance": 0.05, "unit": "us/us", "verdict": "pass"}


def _write(folder: Path, content: object) -> Path:
    path = folder / "errors.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_selfcheck_stands_in_page_and_summary_with_its_date(traced: Traced, tmp_path: Path) -> None:
    content = {"schema": SCHEMA, "date": "2026-11-20", "verdict": "pass", "results": [_ROW]}
    given = _write(tmp_path, content)
    recording = str(traced.folder / "recording.clientprof")
    ran = run("report", recording, "--out", str(tmp_path / "out"), "--selfcheck", str(given), "--quiet")
    assert ran.code == 0, ran
    folder = results(tmp_path / "out")
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["selfcheck"] == {"date": "2026-11-20", "verdict": "pass", "rows": [_ROW]}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Measured on 2026-11-20; verdict: pass." in page
    assert "<b>parser</b>" not in page


def test_another_file_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    for content in ({"schema": "other"}, [], {"schema": SCHEMA, "results": [{}]}):
        ran = run("trace", "-n", "8", "--out", str(tmp_path / "out"), "--selfcheck", str(_write(tmp_path, content)))
        assert ran.code == 2
        assert "is not what `clientprof selfcheck --json` prints" in ran.err
        assert not (tmp_path / "out").exists()
