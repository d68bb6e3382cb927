"""Wrong use ends at once with exit code 2 and one line that says what to write instead."""

import argparse
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clientprof.cli import COMMANDS, CommandError
from clientprof.cli.arguments.load_arguments import add_load_arguments, scenario_of
from command import refusal, run
from source_trees import committed, project

Refusal = Callable[..., str]
NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.mark.parametrize("arguments", [("trac",), ("trace", "--client", "htpx"), ("trace", "--bogus")])
def test_the_process_itself_ends_with_2_and_one_line(arguments: tuple[str, ...]) -> None:
    assert refusal(*arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trac",), "no command 'trac'; did you mean trace"),
        (("trac",), "Try for example `clientprof trace --help`, or `clientprof --help`"),
        (("app.py",), "Try for example `clientprof run app.py`"),
        (("x/recording.clientprof",), "Try for example `clientprof report x/recording.clientprof`"),
        (("httpx",), "Try for example `clientprof trace --client httpx -n 512`"),
        (("xyzzy",), f"there are {', '.join(sorted(COMMANDS))}."),
        (("trace", "--client", "htpx"), "no client 'htpx'; did you mean httpx"),
        (("trace", "--client", "zzz"), "no client 'zzz'; there are aiohttp, curl-cffi, floor, httpx"),
        (("trace", "--against", "aiohtp"), "no client 'aiohtp'; did you mean aiohttp"),
        (("trace", "--lens", "contrl"), "no lens 'contrl'; did you mean control"),
        (("trace", "--lens", "control,,sample"), "no lens ''; there are"),
        (("trace", "--lens", "memory", "--url", "http://127.0.0.1:9/"), "--lens memory needs the local server"),
        pytest.param(
            ("trace", "--lens", "control,tachyon"),
            "from 3.15 on; this is Python 3.1",
            marks=pytest.mark.skipif(sys.version_info >= (3, 15), reason="this Python has the sampler"),
        ),
        (("trace", "--scenario", "512"), "'512' is no scenario; write c<requests at once>/<size>"),
        (("trace", "--scenario", "c8/9x"), "'9x' is no size"),
        (("trace", "--clent", "httpx"), "unrecognized arguments: --clent"),
        (("trace", "--cli", "httpx"), "unrecognized arguments: --cli"),
        (
            ("trace", "--client", "httpx", "--client", "httpx2"),
            "--client was given twice, as httpx and as httpx2; say it",
        ),
        (("explain", "--against", "none", "--against", "aiohttp"), "--against was given twice, as none and as aiohttp"),
        (("trace", "--lens", "control", "--lens", "sampel"), "no lens 'sampel'; did you mean sample"),
        (("trace", "--lens", "contrl", "--lens", "sample"), "no lens 'contrl'; did you mean control"),
        (("sweep", "-n", "8,x", "-n", "16"), "'8,x,16' is no list of numbers"),
        (("trace", "--client"), "--client: expected one argument"),
        (("report",), "required: FILE.clientprof"),
        (("clients", "more"), "unrecognized arguments: more"),
        (("compare", "httpx@3.14", "httpx"), "write httpx@py3.14 for another Python"),
        (("compare", "httpx", "httpx@nowhere"), "there is no folder or file 'nowhere' here"),
        pytest.param(("trace", "--client", "httpx@git:/@main"), "is no git repository", marks=NEEDS_GIT),
        (
            ("compare", "httpx", "httpx@py:nowhere"),
            "httpx@py:nowhere does not start; Python 3.11 to 3.15 can be measured",
        ),
        (("bisect", "--client", "httpx@py3.10", "--good", "1", "--bad", "2"), "Python 3.10 is too old"),
        (("explain", "--client", "httpx@py3.16"), "Python 3.16 is newer than this clientprof knows"),
    ],
)
def test_a_misspelt_name_gets_the_closest_ones(arguments: tuple[str, ...], said: str, here: Refusal) -> None:
    assert said in here(*arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trace", "--client", "httpx+h11@git:{}@no-such"), "has no revision 'no-such'"),
        (("compare", "httpx@{}", "httpx", "--save-baseline", "b.json"), "--save-baseline keeps releases"),
    ],
)
def test_a_repository_is_refused_for_what_it_cannot_give(
    arguments: tuple[str, ...], said: str, here: Refusal, tmp_path: Path
) -> None:
    committed(project(tmp_path / "httpx", "httpx"))
    assert said in here(*(each.format(tmp_path / "httpx") for each in arguments))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-n", "0"), "-n must be between 1 and 100000, not 0"),
        (("-n", "-5"), "-n must be between 1 and 100000, not -5"),
        (("-n", "100001"), "-n must be between 1 and 100000"),
        (("-n", "many"), "invalid int value: 'many'"),
        (("--size", "65m"), "--size must be between 0 and 64m"),
        (("--size", "99999999999999999999"), "is no size"),
        (("--size", "big"), "'big' is no size"),
        (("--limit", "0"), "--limit must be 1 or more"),
        (("--delay", "nan"), "--delay must be between 0 and 60000"),
        (("--delay", "-1"), "--delay must be between 0 and 60000"),
        (("--rounds", "0"), "--rounds must be at least 1, not 0"),
        (("--blocks", "1001"), "--blocks must be between 1 and 1000"),
        (("--timeout", "0"), "--timeout must be between 1 and"),
        (("--timeout", "nan"), "--timeout must be between 1 and"),
        (("--timeout", "inf"), "--timeout must be between 1 and"),
    ],
)
def test_numbers_out_of_bounds_are_refused_with_the_bounds(
    arguments: tuple[str, str], said: str, here: Refusal
) -> None:
    assert said in here("trace", *arguments)


@pytest.mark.parametrize(
    "url",
    ["ftp://user:secret@host/", "host:80", "/path", "", "http://", "http:///path", "http://[::1", "http://h:99999/",
     "https://user:secret@h:port/"],
)  # fmt: skip
def test_a_bad_url_is_refused_without_repeating_it(url: str, here: Refusal) -> None:
    line = here("trace", "--url", url)
    assert "--url" in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("trace -n 8 --scenario c4/1k", "--scenario c4/1k is the whole load, and -n says it again"),
        ("trace --scenario c4/1k --tls --hosts 2", "--tls and --hosts say it again"),
        ("compare httpx aiohttp --scenario c4/1k --delay 3", "--delay says it again"),
        ("bisect --client httpx --good 0.27.0 --bad 0.28.1 --scenario c4 -n 3", "-n says it again"),
        ("sweep --client httpx -n 4,8 --scenario c4/1k --size 3", "--size says it again"),
        ("sweep --client httpx -n 4,8 --scenario c16/1k", "16 requests at once, which is none of -n 4,8"),
        ("suspects -n 3", "leave out -n"),
        ("explain x.clientprof -n 8", "leave out -n"),
        ("compare a.clientprof b.clientprof --tls", "leave out --tls"),
        ("trace --url http://127.0.0.1:9/ --delay 3", "--delay tells the local server what to do"),
        ("trace --url http://127.0.0.1:9/ --scenario c4/1k/d10", "--delay (in --scenario) tells the local server"),
        ("trace --url http://127.0.0.1:9/ --port 80", "--port tells the local server"),
        ("trace --url http://127.0.0.1:9/ --tls", "--tls contradicts a --url"),
    ],
)
def test_options_that_contradict_one_another_are_refused_by_name(arguments: str, said: str, here: Refusal) -> None:
    assert said in here(*arguments.split())


def test_every_option_of_a_load_is_refused_beside_a_label() -> None:
    parser = argparse.ArgumentParser()
    add_load_arguments(parser)
    for action in (action for action in parser._actions if action.dest not in ("help", "scenario")):
        value = {int: "1", float: "1", None: "1k"}[action.type] if action.nargs is None else None  # type: ignore[index]
        arguments = parser.parse_args(["--scenario", "c4/1k", action.option_strings[0], *([value] if value else [])])
        with pytest.raises(CommandError, match="the whole load"):
            scenario_of(arguments)


def test_a_ca_needs_a_url_and_a_file(tmp_path: Path, here: Refusal) -> None:
    assert "--ca goes with --url" in here("trace", "--ca", __file__)
    absent = str(tmp_path / "absent.pem")
    assert "is not a file" in here("trace", "--url", "https://localhost/", "--ca", absent)


def test_an_out_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path: Path, here: Refusal) -> None:
    file = tmp_path / "file"
    file.write_text("here already")
    for out in (file, file / "below", Path("/proc/nothing")):
        assert "cannot write to --out" in here("trace", "--out", str(out))
    assert file.read_text() == "here already"


def test_too_few_file_descriptors_are_refused_with_what_is_needed(tmp_path: Path) -> None:
    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))

    line = refusal("trace", "-n", "64", "--out", str(tmp_path), before=lower)
    assert "-n 64 needs 209 file descriptors and the system allows 128" in line
    assert list(tmp_path.iterdir()) == []
    line = refusal("trace", "-n", "64", "--hosts", "600", "--out", str(tmp_path), before=lower)
    assert "-n 64 with --hosts 600 needs 808 file descriptors" in line
    assert line.rstrip().endswith("or use fewer requests or hosts")


def test_a_soft_limit_is_raised_where_the_hard_one_allows(tmp_path: Path) -> None:
    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 4096))

    arguments = ("--scenario", "c64/0/l64", "--rounds", "1", "--blocks", "1", "--lens", "control", "--against", "none")
    ran = run("trace", *arguments, "--out", str(tmp_path), "--quiet", before=lower)
    assert ran.code == 0, ran


def test_doctor_refuses_a_load_of_nothing(here: Refusal) -> None:
    assert "-n must be 1 or more" in here("doctor", "-n", "0")
