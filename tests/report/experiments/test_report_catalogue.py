"""The catalogue of suspects on a terminal and as JSON."""

import io
import json

from rich.console import Console

from clientprof.report.exporters.summaries.catalogue_summary import to_catalogue
from clientprof.report.terminal import print_catalogue
from hostile_result import poisoned
from sample_explanation import sample_catalogue


def printed(rows: object, width: int = 80, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_catalogue(rows, Console(file=stream, width=width, color_system=None))  # type: ignore[arg-type]
    stream.flush()
    stream.seek(0)
    return stream.read()


def test_suspects_with_evidence_come_first_and_all_columns_are_there() -> None:
    text = printed(sample_catalogue())
    lines = [line.split()[0] for line in text.splitlines() if line and not line.startswith(" ")]
    assert lines == ["suspect", "sniffio-missing", "truststore-handshake", "gc-freeze"]
    assert "sniffio-missing       environment  httpx" in text
    assert "evidence   4.1 imports fail per request" in text
    assert "absent: no TLS" in text
    assert "not looked for; there is none where collections" in text
    assert "any on an event loop" in text


def test_the_catalogue_fits_its_width_and_terminals_without_unicode() -> None:
    assert max(len(line.rstrip()) for line in printed(sample_catalogue()).splitlines()) <= 80
    assert printed(sample_catalogue(), encoding="ascii").isascii()
    assert "No suspect" in printed(())


def test_programs_get_evidence_or_what_was_looked_for_but_not_both() -> None:
    found = json.loads(json.dumps(to_catalogue(sample_catalogue()), allow_nan=False))
    assert found["schema"] == "clientprof.suspects/1"
    assert [row["id"] for row in found["suspects"]] == ["truststore-handshake", "sniffio-missing", "gc-freeze"]
    by_id = {row["id"]: row for row in found["suspects"]}
    assert by_id["sniffio-missing"]["evidence"].startswith("4.1 imports")
    assert by_id["sniffio-missing"]["absent"] is None
    assert (by_id["truststore-handshake"]["evidence"], by_id["truststore-handshake"]["absent"]) == (None, "no TLS")
    assert by_id["gc-freeze"]["raised"] is None
    assert by_id["gc-freeze"]["clients"] == []


def test_hostile_names_cannot_drive_the_terminal() -> None:
    assert not set(printed(poisoned(sample_catalogue()))) & set("\x1b\x00\u202e\udc80")
