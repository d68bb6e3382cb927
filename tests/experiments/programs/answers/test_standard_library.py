"""Requests of the standard library's client, and of what stands on it: each is counted once, at the program's own line, as
the client that the program calls, with the phases that it went through."""

from collections import defaultdict
from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import ProgramResult, SiteResult
from clientprof.origin.process import OriginProcess
from measured import measured

# Of each function: the client, its requests, and how many of these failed.
DIRECT, OPENED, ABOVE = "http.client", "urllib.request", "httplib2"
COUNTS = {
    "keeps_a_connection": (DIRECT, 5, 0),
    "sends_it_in_parts": (DIRECT, 3, 0),
    "opens_addresses": (OPENED, 5, 0),
    "is_redirected": (OPENED, 1, 0),
    "is_told_of_errors": (OPENED, 4, 0),
    "finds_nobody": (DIRECT, 1, 1),
    "opens_nobody": (OPENED, 1, 1),
    "gives_up_waiting": (DIRECT, 1, 1),
    "breaks_off": (DIRECT, 2, 0),
    "connects_by_hand": (DIRECT, 1, 0),
    "keeps_a_connection_a_host": (ABOVE, 7, 1),
    "opens_with_handlers_of_its_own": (OPENED, 1, 0),
    "gets_no_body": (DIRECT, 3, 0),
    "reads_in_every_way": (OPENED, 4, 0),
    "reads_nothing": (OPENED, 3, 0),
    "asks_in_many_threads": (DIRECT, 16, 0),
    "asks_all_before_it_reads": (DIRECT, 4, 0),
    "hands_its_connection_on": (DIRECT, 1, 0),
    "yields_lines": (OPENED, 2, 0),
    "hands_calls_to_threads": (OPENED, 3, 0),
    "asks_over_tls": (DIRECT, 3, 0),
}
OF_OTHERS = {"requests": 2, "urllib3": 1}
CONNECTIONS = {
    "keeps_a_connection": 1,
    "sends_it_in_parts": 1,
    "opens_addresses": 5,
    "is_redirected": 3,
    "keeps_a_connection_a_host": 2,
    "asks_over_tls": 1,
}
STATUSES = {404: 3, 503: 1, 304: 1, 204: 1, 0: 9}


class Asked:
    """The program, run once: its rows by function."""

    def __init__(self, folder: Path, origin: OriginProcess, tls_origin: OriginProcess, *which: str) -> None:
        self.host, self.tls_port = origin.ready.base_url, int(tls_origin.ready.base_url.rpartition(":")[2])
        words = (origin.ready.base_url, tls_origin.ready.base_url, str(tls_origin.ready.ca_file), *which)
        ended = measured(folder, "standard_library.py", *words, options=("--detail", "always"))
        assert ended.code == 0, ended.errors
        assert ended.recording is not None
        assert ended.recording.manifest.program is not None
        assert [process.removed for process in ended.recording.manifest.program.processes] == [()]
        self.result: ProgramResult = program_result(ended.recording)
        self.statuses: dict[int, int] = defaultdict(int)
        for run in ended.recording.runs:
            for status in run.column("exchange.status"):
                self.statuses[status] += 1
        self.without_end = sum(
            not ended_ns and not dropped_ns
            for run in ended.recording.runs
            for ended_ns, dropped_ns in zip(
                run.column("exchange.ended_ns"), run.column("exchange.dropped_ns"), strict=True
            )
        )
        self.rows: dict[str, list[SiteResult]] = defaultdict(list)
        for row in self.result.call_sites:
            self.rows[row.function.partition(".")[0]].append(row)

    def phases(self, function: str) -> set[str]:
        return {phase.phase for row in self.rows[function] for phase in row.phases}

    def found(self, identity: str) -> list[str]:
        return [finding.title for finding in self.result.findings if finding.id == identity]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, origin: OriginProcess, tls_origin: OriginProcess) -> Asked:
    return Asked(tmp_path_factory.mktemp("asked"), origin, tls_origin)


@pytest.mark.parametrize("function", COUNTS)
def test_each_request_is_counted_once_at_the_programs_own_line(asked: Asked, function: str) -> None:
    rows = asked.rows[function]
    assert {(row.client.name, row.file) for row in rows} == {(COUNTS[function][0], "standard_library.py")}
    assert (sum(row.requests for row in rows), sum(row.failed for row in rows)) == COUNTS[function][1:]
    assert sum(row.open for row in rows) == 0


def test_nothing_else_is_a_request(asked: Asked) -> None:
    assert set(asked.rows) == {*COUNTS, "asks_with_others", "asks_through_a_tunnel", "asks_at_no_port"}
    others = {row.client.name: row.requests for row in asked.rows["asks_with_others"] if row.client.name == "urllib3"}
    others["requests"] = sum(row.requests for row in asked.rows["asks_with_others"] if row.client.name == "requests")
    assert others == OF_OTHERS
    assert asked.result.requests == sum(requests for _, requests, _ in COUNTS.values()) + sum(OF_OTHERS.values()) + 4


def test_a_request_that_another_thread_goes_on_with_is_one_and_has_its_end(
    tmp_path: Path, origin: OriginProcess, tls_origin: OriginProcess
) -> None:
    asked = Asked(tmp_path, origin, tls_origin, "hands_its_connection_on")
    (row,) = asked.rows["hands_its_connection_on"]
    assert (row.requests, row.open, asked.without_end) == (1, 0, 0)


@pytest.mark.parametrize("function", CONNECTIONS)
def test_connections_are_those_that_were_made(asked: Asked, function: str) -> None:
    made = sum((row.connects_per_1000 or 0) * row.requests for row in asked.rows[function])
    assert round(made / 1000) == CONNECTIONS[function]


def test_of_a_tunnel_the_other_end_is_the_peer(asked: Asked) -> None:
    rows = asked.rows["asks_through_a_tunnel"]
    assert sorted(row.client.name for row in rows) == [DIRECT, OPENED]
    assert {(row.peer.scheme, row.peer.port) for row in rows if row.peer} == {("https", asked.tls_port)}


def test_an_answer_that_the_client_raises_for_its_status_has_that_status(asked: Asked) -> None:
    assert {status: asked.statuses[status] for status in STATUSES} == STATUSES


def test_no_time_of_a_request_is_unattributed(asked: Asked) -> None:
    assert [function for function in COUNTS if "unattributed" in asked.phases(function)] == []
    assert asked.result.unattributed_share == 0
    assert {"prepare", "connect", "send", "wait", "headers", "body"} <= asked.phases("opens_addresses")
    assert {"tls", "connect"} <= asked.phases("asks_over_tls")
    assert "send" not in asked.phases("finds_nobody") | asked.phases("opens_nobody")
    assert "wait" not in asked.phases("finds_nobody") | asked.phases("opens_nobody")


def test_a_loop_that_opens_addresses_is_told_so(
    tmp_path: Path, origin: OriginProcess, tls_origin: OriginProcess
) -> None:
    asked = Asked(tmp_path, origin, tls_origin, "blocks_its_loop")
    assert len(asked.found("blocking-client-on-loop")) == 1
    (again,) = [finding for finding in asked.result.findings if finding.id == "connections-not-reused"]
    assert "urllib.request makes a connection for each request: it cannot keep one" in again.evidence
    assert "urllib3" in again.remedy


def test_answers_that_stay_open_are_told(tmp_path: Path, origin: OriginProcess, tls_origin: OriginProcess) -> None:
    asked = Asked(tmp_path, origin, tls_origin, "keeps_answers_open")
    (title,) = asked.found("response-never-closed")
    assert title.startswith("3 responses were never closed")
