"""``pytest --clientprof``, the fixture and the marker, in sessions of their own with real clients and the real origin."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

# A session in this process forgets what it was the first to import: half of a library would be there twice.
import aiohttp  # noqa: F401
import anyio._backends._asyncio
import anyio._backends._trio  # noqa: F401
import httpcore  # noqa: F401
import httpx  # noqa: F401
import pytest
import requests  # noqa: F401

from clientprof.embedded import costs_of_tests  # noqa: F401
from clientprof.embedded.pytest_plugin import http_costs as fixture
from clientprof.origin.process import OriginProcess

pytest_plugins = ["pytester"]
_MODULE = "clientprof.embedded.pytest_plugin"
# An environment that was made before the plug-in was declared does not load it by itself.
_KNOWN = any(each.value == _MODULE for each in importlib.metadata.entry_points(group="pytest11"))
PLAIN = ("-p", "no:asyncio", "-p", "no:cacheprovider", *(() if _KNOWN else ("-p", _MODULE)))


@pytest.fixture
def session(pytester: pytest.Pytester, origin: OriginProcess, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with tests in it, whose URL is in the environment."""
    monkeypatch.setenv("URL", f"{origin.ready.base_url}/1k")
    # This suite's own settings are not those of a session inside of it.
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\naddopts =\n")
    return pytester


def ran(
    session: pytest.Pytester, source: str, *options: str, plain: bool = True, apart: bool = False
) -> pytest.RunResult:
    """Run the tests in this process, which has imported all that they need, or in one of their own."""
    session.makepyfile(
        test_it="import os, time, asyncio, pytest, httpx, aiohttp, requests\nURL = os.environ['URL']\n" + source
    )
    arguments = (*(PLAIN if plain else PLAIN[2:]), *options)
    return session.runpytest_subprocess(*arguments, timeout=120) if apart else session.runpytest_inprocess(*arguments)


def table(result: pytest.RunResult) -> dict[str, list[str]]:
    """The figures by test: requests, failed, connections, handshakes, pool, blocked."""
    lines = result.stdout.str().partition("HTTP costs by test")[2].splitlines()
    rows = [line.split() for line in lines if re.search(r"\d\.\d{3}$", line)]
    return {" ".join(row[:-6]).rpartition("::")[2]: row[-6:] for row in rows}


TESTS = """
@pytest.fixture
def client():
    with httpx.Client() as client:
        client.get(URL)
        yield client

def test_two(client):
    client.get(URL)
    client.get(URL)

def test_one_each():
    for _ in range(3):
        httpx.get(URL)

def test_none():
    pass

def test_blocks():
    async def main():
        requests.get(URL + "?delay=20")
    asyncio.run(main())

def test_fails():
    with pytest.raises(requests.ConnectionError):
        requests.get(URL.replace("/1k", "/fault/reset"))
    assert False
"""


def test_the_session_ends_with_a_table_by_test(session: pytest.Pytester) -> None:
    result = ran(session, TESTS, "--clientprof")
    result.assert_outcomes(passed=4, failed=1)
    rows = table(result)
    assert rows["test_two"][:4] == ["2", "0", "0", "0"]
    assert rows["test_one_each"][:4] == ["3", "0", "3", "0"]
    assert rows["test_fails"][:4] == ["1", "1", "1", "0"]
    assert rows["in fixtures"][:4] == ["1", "0", "1", "0"]
    assert rows["all 4 tests with a cost"][:4] == ["8", "1", "6", "0"]
    assert float(rows["test_blocks"][5]) >= 0.02
    assert [float(row[5]) for name, row in rows.items() if name not in ("test_blocks", "all 4 tests with a cost")] == [
        0
    ] * 4
    assert "test_none" not in rows


def test_without_the_option_nothing_is_loaded_measured_or_printed(session: pytest.Pytester) -> None:
    check = """
def test_nothing_is_loaded():
    import sys
    loaded = {name for name in sys.modules if name.startswith("clientprof")}
    assert loaded == {"clientprof", "clientprof.embedded", "clientprof.embedded.pytest_plugin"}
    assert not hasattr(httpx.Client.send, "__wrapped__")
"""
    result = ran(session, check, apart=True)
    result.assert_outcomes(passed=1)
    assert "HTTP costs" not in result.stdout.str()


@pytest.mark.slow
def test_workers_of_xdist_measure_and_the_controller_shows(session: pytest.Pytester) -> None:
    bounded = """
@pytest.mark.http_costs(requests=1)
def test_too_many():
    requests.get(URL)
    requests.get(URL)
"""
    result = ran(session, TESTS + bounded, "--clientprof", "-n", "2", apart=True)
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["http_costs: requests is 2, and may be 1 at most."])
    rows = table(result)
    assert rows["test_one_each"][:4] == ["3", "0", "3", "0"]
    assert rows["all 5 tests with a cost"][:4] == ["10", "1", "8", "0"]


def test_the_fixture_makes_costs_assertable_without_the_option(session: pytest.Pytester) -> None:
    source = """
@pytest.fixture
def client():
    with requests.Session() as client:
        client.get(URL)
        yield client

def test_reuse(http_costs, client):
    assert http_costs.requests == 0
    for _ in range(5):
        client.get(URL)
    assert (http_costs.requests, http_costs.connections_opened, http_costs.blocked_s) == (5, 0, 0)

def test_asked_for_late(request):
    costs = request.getfixturevalue("http_costs")
    httpx.get(URL)
    assert costs.requests == 1

def test_not_asked():
    assert not hasattr(httpx.Client.send, "__wrapped__")
"""
    result = ran(session, source)
    result.assert_outcomes(passed=3)
    assert "HTTP costs" not in result.stdout.str()


BOUNDED = """
pytestmark = pytest.mark.http_costs(failures=0)

@pytest.mark.http_costs(connections_opened=1, blocked_s=0)
def test_shared():
    with httpx.Client() as client:
        for _ in range(4):
            client.get(URL)

@pytest.mark.http_costs(connections_opened=1, blocked_s=0)
def test_client_per_call():
    for _ in range(4):
        httpx.get(URL)

@pytest.mark.http_costs(blocked_s=0)
def test_blocks():
    async def main():
        time.sleep(0.05)
    asyncio.run(main())

@pytest.mark.http_costs(failures=1)
def test_closest_marker_has_the_last_word():
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(URL.replace("/1k", "/fault/garbage"))

@pytest.mark.http_costs(requests=0)
def test_fails_by_itself():
    httpx.get(URL)
    raise KeyError("its own")
"""


@pytest.mark.parametrize("options", [(), ("--clientprof",)])
def test_a_test_beyond_its_bounds_fails_and_says_why(options: tuple[str, ...], session: pytest.Pytester) -> None:
    result = ran(session, BOUNDED, "--strict-markers", "-rA", *options)
    result.assert_outcomes(passed=2, failed=3)
    text = result.stdout.str()
    assert "connections_opened is 4, and may be 1 at most." in text
    assert re.search(r"httpx-sync  test_it.py:\d+ test_client_per_call +4 +0 +4 ", text)
    assert re.search(r"blocked_s is 0\.0\d+ s, and may be 0 at most\.", text)
    assert "KeyError: 'its own'" in text
    assert "requests is 1" not in text


@pytest.mark.parametrize(
    ("bounds", "sentence"),
    [
        (
            "conections=1",
            "http_costs knows no bound 'conections'; the bounds are requests, failures, connections_opened, ",
        ),
        ("requests='3'", "http_costs: requests takes a whole number, 0 or more, and not '3'."),
        ("requests=1.5", "http_costs: requests takes a whole number, 0 or more, and not 1.5."),
        ("requests=True", "http_costs: requests takes a whole number, 0 or more, and not True."),
        ("handshakes=-1", "http_costs: handshakes takes a whole number, 0 or more, and not -1."),
        ("blocked_s=None", "http_costs: blocked_s takes a number of seconds, 0 or more, and not None."),
        ("blocked_s=float('nan')", "http_costs: blocked_s takes a number of seconds, 0 or more, and not nan."),
        ("3", "http_costs takes bounds by name, such as requests=3, and not 3."),
        ("", "http_costs without a bound checks nothing; the bounds are requests, "),
    ],
)
def test_a_bound_that_cannot_be_held_is_refused_in_a_sentence(bounds: str, sentence: str) -> None:
    from clientprof.embedded.cost_bounds import BoundError, bounds_of

    arguments, keywords = eval(f"(lambda *args, **kwargs: (args, kwargs))({bounds})")
    with pytest.raises(BoundError) as refused:
        bounds_of(arguments, keywords)
    assert str(refused.value).startswith(sentence)


def test_a_refused_bound_is_an_error_of_its_test_alone(session: pytest.Pytester) -> None:
    source = """
@pytest.mark.http_costs(conections=1)
def test_misspelt():
    pass

def test_other():
    pass
"""
    result = ran(session, source)
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["*http_costs knows no bound 'conections'; the bounds are requests, failures, *"])
    assert "Traceback" not in result.stdout.str()


ASYNCHRONOUS = """
@{decorator}
@pytest.mark.http_costs(requests=3, connections_opened=1, blocked_s=0)
async def test_shared(http_costs):
    async with httpx.AsyncClient() as client:
        for _ in range(3):
            await client.get(URL)
    assert (http_costs.requests, http_costs.connections_opened) == (3, 1)

@{decorator}
@pytest.mark.http_costs(blocked_s=0)
async def test_blocks():
    time.sleep(0.05)
"""


@pytest.mark.parametrize("plugin", ["asyncio", "anyio"])
def test_asynchronous_tests_are_measured(plugin: str, session: pytest.Pytester) -> None:
    if plugin == "asyncio":
        session.makeini("[pytest]\naddopts =\nasyncio_default_fixture_loop_scope = function\n")
    # anyio runs each test on trio as well, whose loop is counted and not timed.
    result = ran(
        session, ASYNCHRONOUS.format(decorator=f"pytest.mark.{plugin}"), "--clientprof", plain=plugin == "anyio"
    )
    result.assert_outcomes(passed=1 if plugin == "asyncio" else 3, failed=1)
    rows = table(result)
    for name in ("test_shared",) if plugin == "asyncio" else ("test_shared[asyncio]", "test_shared[trio]"):
        assert rows[name][:4] == ["3", "0", "1", "0"]


def test_classes_of_unittest_are_measured(session: pytest.Pytester) -> None:
    source = """
import unittest
class Case(unittest.IsolatedAsyncioTestCase):
    async def test_it(self):
        async with aiohttp.ClientSession() as session:
            (await session.get(URL)).release()
"""
    result = ran(session, source, "--clientprof")
    result.assert_outcomes(passed=1)
    assert table(result)["test_it"][:4] == ["1", "0", "1", "0"]


def test_a_mock_that_hands_arguments_on_by_their_names_works_as_without_the_option(session: pytest.Pytester) -> None:
    # As respx does, with what inspect.getfullargspec tells of the function that it takes the place of.
    source = """
import httpcore, inspect

def test_mocked(monkeypatch):
    real = httpcore.ConnectionPool.handle_request
    names = inspect.getfullargspec(real).args[1:]
    def answer(pool, *args, **kwargs):
        given = {**dict(zip(names, args)), **kwargs}
        return httpcore.Response(204, content=given["request"].stream)
    monkeypatch.setattr(httpcore.ConnectionPool, "handle_request", answer)
    assert httpx.get(URL).status_code == 204
"""
    result = ran(session, source, "--clientprof")
    result.assert_outcomes(passed=1)
    assert table(result)["test_mocked"][:4] == ["1", "0", "0", "0"]


def test_sub_tests_are_in_the_costs_of_their_test_and_within_its_bounds(session: pytest.Pytester) -> None:
    # pytest reports each of them in the middle of the test, from 9 on.
    source = """
import unittest
class Case(unittest.TestCase):
    def test_in_parts(self):
        for part in range(3):
            with self.subTest(part=part):
                httpx.get(URL)

    @pytest.mark.http_costs(requests=2)
    def test_bounded(self):
        for part in range(3):
            with self.subTest(part=part):
                httpx.get(URL)
"""
    result = ran(session, source, "--clientprof")
    result.stdout.fnmatch_lines(["http_costs: requests is 3, and may be 2 at most."])
    rows = table(result)
    assert rows["test_in_parts"][:4] == rows["test_bounded"][:4] == ["3", "0", "3", "0"]


def test_a_session_that_runs_no_test_says_nothing_of_its_calls(session: pytest.Pytester) -> None:
    result = ran(session, "def test_calls(): httpx.get(URL)", "--clientprof", "--collect-only")
    assert "1 test collected" in result.stdout.str()
    assert "HTTP costs by test" not in result.stdout.str()


def test_a_session_without_a_call_says_so(session: pytest.Pytester) -> None:
    result = ran(session, "def test_nothing(): pass", "--clientprof")
    result.stdout.fnmatch_lines(["No test called an HTTP client that clientprof knows."])


def test_the_marker_and_the_option_explain_themselves(session: pytest.Pytester) -> None:
    assert (
        "the most that the HTTP clients of the test may cost"
        in session.runpytest_inprocess(*PLAIN, "--markers").stdout.str()
    )
    assert "--clientprof" in session.runpytest_inprocess(*PLAIN, "--help").stdout.str()


def test_installing_clientprof_installs_the_plug_in() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"clientprof": _MODULE}
    assert fixture.__module__ == _MODULE
