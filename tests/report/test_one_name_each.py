"""One thing has one name: connections opened, requests in flight; code of the shell is marked as such."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from clientprof.model.results import CounterRow, InFlight
from clientprof.report.findings.program_finding_markdown import program_finding_markdown
from clientprof.report.terminal.programs.program import print_program
from clientprof.report.writing.wording import counted_once, counter_title, in_flight
from sample_program import sample_program
from sample_result import sample_result


def counted(name: str, value: float) -> CounterRow:
    return CounterRow(f"{name}_per_1000_requests", value, "per 1000 requests", "")


@pytest.mark.parametrize("name", ["connects", "connections_opened", "connections_accepted"])
def test_connections_opened_have_one_name_whoever_counted_them(name: str) -> None:
    title, unit = counter_title(counted(name, 1.0))
    assert title.startswith("connections opened")
    assert unit == "per 1000 requests"


def test_a_count_is_shown_again_only_where_the_servers_log_differs() -> None:
    opened, accepted, connects = (
        counted(name, value)
        for name, value in (("connections_opened", 478.2), ("connections_accepted", 478.2), ("connects", 26.0))
    )
    assert counted_once([connects, opened, accepted]) == [opened]
    other = replace(accepted, value=480.0)
    assert counted_once([connects, opened, other]) == [opened, other]
    assert counted_once([connects]) == [connects]


def test_requests_in_flight_are_those_of_the_warm_rounds_and_the_cold_ones_stand_beside() -> None:
    client = sample_result().clients[0]
    assert in_flight(replace(client, in_flight=InFlight(512, 100, 61))) == "61 of 512 (cold 100)"
    assert in_flight(replace(client, in_flight=InFlight(512, 100, 100))) == "100 of 512"


def test_a_count_of_a_program_is_told_in_all_and_per_1000_requests() -> None:
    target = io.StringIO()
    built = CounterRow("clients_built_per_1000_requests", 0.25, "per 1000 requests", "")
    print_program(replace(sample_program(), counters=(built,), requests=4000), Console(file=target, width=80))
    lines = target.getvalue().splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("Counters"))
    assert lines[at + 1].split() == ["in", "all", "per", "1,000", "requests"]
    assert lines[at + 2].split() == ["clients", "built", "1", "0.250"]


@pytest.mark.parametrize(
    ("code", "language"),
    [("pip install sniffio", "sh"), ("import httpx_aiohttp  # pip install httpx-aiohttp\nclient = 1", "python")],
)
def test_a_command_of_the_shell_does_not_stand_in_a_fence_of_python(code: str, language: str) -> None:
    result = sample_program()
    finding = replace(result.findings[0], code=code)
    assert f"```{language}\n{code}\n```" in program_finding_markdown(finding, result, [], None, [])
