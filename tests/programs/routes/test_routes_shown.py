"""A service run on the terminal, in JSON and as a page: everything fits, and nothing from a recording is markup."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from clientprof.attribution.programs.route_results import service_result
from clientprof.experiments.programs.route_plan import ROUTES
from clientprof.model.programs.routes import ServiceResult
from clientprof.model.recording import Recording
from clientprof.model.run import Run
from clientprof.recording.recording_file import read_recording, write_recording
from clientprof.report.exporters.summaries.route_summary import to_service_summary
from clientprof.report.pages.route_page import render_service
from clientprof.report.terminal.routes import print_service

HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[2J"


def printed(result: ServiceResult) -> str:
    file = io.StringIO()
    print_service(result, Console(file=file, width=80, force_terminal=False))
    return file.getvalue()


def hostile(result: ServiceResult) -> ServiceResult:
    routes = []
    for route in result.routes:
        assert route.inside is not None
        holders = tuple(
            replace(holder, function=HOSTILE, file=HOSTILE, inside=HOSTILE) for holder in route.inside.holders
        )
        calls = tuple(replace(site, function=HOSTILE) for site in route.inside.calls)
        inside = replace(route.inside, holders=holders, calls=calls, answer=HOSTILE)
        routes.append(replace(route, what=HOSTILE, inside=inside))
    return replace(result, routes=tuple(routes), title=HOSTILE)


def test_the_table_fits_80_columns_and_cuts_nothing(served: ServiceResult) -> None:
    text = printed(served)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "…" not in text
    for name in ROUTES:
        assert text.count(f"\n  {name} ") >= 3


def test_the_terminal_says_who_blocked_the_loop(served: ServiceResult) -> None:
    text = " ".join(printed(served).split())
    assert "under blocking (service.py:" in text
    assert "in urllib3.connection.HTTPConnection.getresponse: the loop stood still" in text
    assert "behind other requests' blocking calls" in text
    assert "requests blocks the event loop at blocking (service.py:" in text


def test_the_json_holds_every_route_and_no_number_json_lacks(served: ServiceResult) -> None:
    summary = json.loads(json.dumps(to_service_summary(served), allow_nan=False))
    assert summary["schema"] == "clientprof.service/2"
    assert [row["route"] for row in summary["routes"]] == list(ROUTES)
    for row in summary["routes"]:
        assert row["inside"]["requests"] > 0
        assert row["inside"]["served"]["requests"] > 0
        assert row["control"]["errors"] == {}


def test_the_page_shows_every_section_and_asks_nothing_of_the_network(served: ServiceResult) -> None:
    page = render_service(served)
    for name in ("answer", "users", "inside", "layers", "calls", "advice", "method", "environment"):
        assert f'<section id="{name}"' in page
    # The origin is named as what the routes call, in text; nothing is fetched from it or from anywhere else.
    assert set(re.findall(r"http://[^\s:<]*", page)) == {"http://127.0.0.1"}
    assert not re.search(r"""(?:[a-z]\s*=\s*["']?|url\(\s*["']?|@import\s+["']?)https?:""", page)
    assert "https://" not in page


def test_hostile_names_are_text_everywhere(served: ServiceResult) -> None:
    result = hostile(served)
    page = render_service(result)
    assert "<img src=x" not in page
    assert "\x1b" not in page
    assert "\x1b[2J" not in printed(result)


def test_what_an_older_version_recorded_of_the_inside_is_said_to_be_left_out(recorded: Recording) -> None:
    older = [
        Run(replace(run.facts, lens="ledger"), run.columns) if run.facts.lens == "run" else run
        for run in recorded.runs
        if run.facts.lens != "program"
    ]
    result = service_result(Recording(replace(recorded.manifest, programs={}), tuple(older)), ROUTES)
    assert "older-recording" in {notice.id for notice in result.notices}
    assert [(route.inside, route.observer) for route in result.routes] == [(None, None)] * len(ROUTES)
    assert all(route.control is not None for route in result.routes)
    text = printed(result)
    assert "Measure again to see it." in " ".join(text.split())
    assert "Inside the app" not in text
    assert '<section id="advice"' not in render_service(result)


def test_a_recording_read_back_gives_the_same_answer(
    recorded: Recording, served: ServiceResult, tmp_path: Path
) -> None:
    path = tmp_path / "recording.clientprof"
    write_recording(path, recorded.manifest, recorded.runs)
    assert service_result(read_recording(path), ROUTES) == served
