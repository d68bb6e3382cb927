"""``run --try`` whole: real runs of a program with changes, in its own environment."""

import sys
from pathlib import Path

import pytest

from clientprof.attribution.experiments.what_if_result import what_if_of
from clientprof.experiments.programs.trying.asked import parse_asked
from clientprof.experiments.programs.trying.one_run import Program, RunError, run_once
from clientprof.experiments.programs.trying.together import sets_of
from clientprof.experiments.programs.trying.try_plan import TryPlan, blocks_in, order_of
from clientprof.experiments.programs.trying.try_run import run_tries
from clientprof.model.experiments.what_if import together_name
from clientprof.model.recording import RecordingKind
from clientprof.origin.process import OriginProcess

PROGRAMS = Path(__file__).resolve().parents[3] / "programs"
ASKS = str(PROGRAMS / "asks_a_few.py")


def test_each_suspect_is_measured_or_named_and_the_rest_goes_on(origin: OriginProcess) -> None:
    program = Program((sys.executable, ASKS, f"{origin.ready.base_url}/1k", "20"))
    asked = parse_asked(["limit=3,aiohttp-cookie-jar,limit=7,trust-env"])
    said: list[str] = []
    outcome = run_tries(TryPlan(program, "asks_a_few.py", None, asked, max_seconds=1), said.append)
    assert outcome.failure is None
    assert outcome.recording is not None
    assert outcome.recording.manifest.kind is RecordingKind.WHAT_IF
    found = what_if_of(outcome.recording)
    alone = {row.name: row for row in found.alone}
    assert alone["limit=3"].reason == (
        "with it alone, the program ended with exit code 1: three connections are too few for me"
    )
    assert {row.suspect for row in found.undone} == {"aiohttp-cookie-jar"}
    assert alone["limit=7"].cpu is not None
    assert alone["limit=7"].requests == found.requests == 20
    (both,) = found.together
    assert both.suspects == ("limit=7", "trust-env")
    assert both.cpu is not None
    assert both.requests == 20
    assert found.blocks >= 1


_FAILS_ONCE = """
import pathlib, runpy, sys
runs = pathlib.Path(sys.argv.pop(1))
with runs.open("a") as file:
    file.write("x")
if runs.stat().st_size == 4:
    raise SystemExit("a bad moment")
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_a_run_that_fails_once_is_made_again_and_its_arm_kept(origin: OriginProcess, tmp_path: Path) -> None:
    # Two looks, then a block of three arms: its second run fails.
    program = Program(
        (sys.executable, "-c", _FAILS_ONCE, str(tmp_path / "runs"), ASKS, f"{origin.ready.base_url}/1k", "20")
    )
    said: list[str] = []
    outcome = run_tries(TryPlan(program, "asks", None, parse_asked(["limit=7"]), max_seconds=0.1), said.append)
    assert outcome.recording is not None
    assert [line for line in said if line.endswith("exit code 1: a bad moment; once more")], said
    (row,) = what_if_of(outcome.recording).alone
    assert row.cpu is not None
    assert (tmp_path / "runs").stat().st_size == 6


def test_a_program_that_fails_by_itself_is_not_tried(origin: OriginProcess) -> None:
    plan = TryPlan(Program((sys.executable, "-c", "raise SystemExit('no')")), "it", None, parse_asked(["sniffio"]), 1)
    outcome = run_tries(plan, lambda _text: None)
    assert outcome.recording is None
    assert outcome.failure == "it ended with exit code 1: no"


def test_a_program_without_requests_is_not_tried() -> None:
    plan = TryPlan(Program((sys.executable, "-c", "print('done')")), "it", None, parse_asked(["sniffio"]), 1)
    outcome = run_tries(plan, lambda _text: None)
    assert outcome.failure == "it made no request by a client that is known here: done"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (Program((sys.executable, "-c", "import time; time.sleep(60)"), None, 0.3), "needs --load COMMAND"),
        (Program((sys.executable, "-c", "print('in use')"), ("true",)), "before it listened: in use"),
        (Program(("/no/such/program",)), "cannot be started"),
    ],
)
def test_a_run_that_is_worth_nothing_says_why(program: Program, said: str) -> None:
    with pytest.raises(RunError, match=said):
        run_once(program)


_SERVES = """
import http.server, sys, httpx
client = httpx.Client()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        client.get(sys.argv[1])
        self.send_response(204)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
"""


@pytest.mark.slow
def test_a_service_is_driven_by_its_load_and_ended(origin: OriginProcess, free_port: int) -> None:
    load = f"import urllib.request\nfor _ in range(5): urllib.request.urlopen('http://127.0.0.1:{free_port}/')"
    words = (sys.executable, "-c", _SERVES, f"{origin.ready.base_url}/1k", str(free_port))
    ran = run_once(Program(words, (sys.executable, "-c", load)))
    assert ran.exit_code is None
    assert ran.seen.requests == 5
    # The port is free again: the next run can listen on it.
    assert run_once(Program(words, (sys.executable, "-c", load))).seen.requests == 5
    with pytest.raises(RunError, match=r"has no whole load: .* exit code 7: off"):
        run_once(Program(words, (sys.executable, "-c", "print('off'); raise SystemExit(7)")))


def test_changes_that_exclude_each_other_are_tried_with_all_others_once_each() -> None:
    def named(*words: str) -> list[str]:
        return [together_name([each.name for each in members]) for members in sets_of(parse_asked(words))]

    assert named("sniffio,trust-env") == ["sniffio + trust-env"]
    assert named("sniffio,http2,aiohttp-transport,limit=512") == [
        "sniffio + http2 + limit=512",
        "sniffio + aiohttp-transport + limit=512",
    ]
    assert named("limit=7,limit=8") == []
    assert named("limit=7,limit=8,sniffio") == ["limit=7 + sniffio", "limit=8 + sniffio"]
    assert named("sniffio") == []


def test_every_second_block_is_the_one_before_it_backwards() -> None:
    arms = ["a", "b", "c", "d"]
    orders = [order_of(arms, block, seed=1) for block in range(6)]
    assert all(sorted(order) == arms for order in orders)
    assert all(orders[block + 1] == orders[block][::-1] for block in (0, 2, 4))
    assert len({tuple(order) for order in orders}) > 2
    assert orders == [order_of(arms, block, seed=1) for block in range(6)]


def test_no_more_blocks_are_promised_than_fit() -> None:
    assert blocks_in(60, 11) == 5
    assert blocks_in(60, 61) == 0
    assert blocks_in(86_400, 0.001) == 20


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
