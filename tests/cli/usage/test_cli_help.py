"""Help answers at once, shows examples that parse, and imports nothing heavy."""

import importlib
import platform
import re
import shlex
import subprocess
import sys

import pytest

from clientprof import __version__
from clientprof.cli import COMMANDS
from clientprof.cli.arguments.command_parser import parser_of
from clientprof.cli.trace import _default_baseline, _plan
from command import run


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_the_overview_names_every_command_and_shows_examples(arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.err) == (0, "")
    assert "examples:" in ran.out
    for name, what in COMMANDS.items():
        assert f"{name:10} {what}" in ran.out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_shows_examples_of_that_command(name: str) -> None:
    ran = run(name, "--help")
    assert (ran.code, ran.err) == (0, "")
    examples = ran.out.partition("examples:")[2]
    assert f"clientprof {name}" in examples


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_a_screen_and_names_every_option(name: str) -> None:
    parser = parser_of(name)
    text = parser.format_help()
    assert len(text.splitlines()) <= 48
    for actions in parser.options_by_heading().values():
        for action in actions:
            assert re.search(rf"(^|[\s,])({'|'.join(action.option_strings)})\b", text), action.option_strings


@pytest.mark.parametrize("name", COMMANDS)
def test_the_text_of_a_command_is_no_wider_than_a_terminal(name: str) -> None:
    """But for what is to be pasted, which is one line: commands, and settings in a file."""
    module = importlib.import_module(f"clientprof.cli.{name}")
    lines = [*module.HELP.splitlines(), *module.EXAMPLES.splitlines()]
    assert [line for line in lines if len(line) > 80 and not re.match(r"  (clientprof |\w+ = )", line)] == []


def test_what_is_common_is_an_option_of_its_command() -> None:
    for name in COMMANDS:
        parser = parser_of(name)
        assert set(parser.common) <= {option for action in parser._actions for option in action.option_strings}


def test_every_option_of_trace_is_explained() -> None:
    text = run("trace", "--help-all").out
    for option in ("--client", "-n", "--against", "--scenario", "--tls", "--limit", "--size", "--delay", "--rounds",
                   "--blocks", "--seed", "--lens", "--timeout", "--url", "--ca", "--out", "--json", "--quiet"):  # fmt: skip
        assert f"  {option}" in text


def test_the_examples_of_trace_are_commands_that_it_takes() -> None:
    examples = importlib.import_module("clientprof.cli.trace").EXAMPLES.splitlines()[1:]
    assert len(examples) >= 5
    for line in examples:
        words = shlex.split(line.partition(">")[0])
        assert words[:2] == ["clientprof", "trace"]
        arguments = parser_of("trace").parse_args(words[2:])
        arguments.against = arguments.against or _default_baseline(arguments)
        if arguments.python not in (None, platform.python_version().rpartition(".")[0]):
            continue  # whether that Python is here is the machine's affair
        assert _plan(arguments, ()).client in words


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_the_packages(option: str) -> None:
    assert run(option).out == f"clientprof {__version__}\n"


def test_help_imports_no_client_and_nothing_heavy() -> None:
    code = "import sys; from clientprof.cli import main; main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    loaded = set(ran.stderr.replace("'", "").strip("[]\n").split(", "))
    assert "clientprof.cli" in loaded
    assert not loaded & {"numpy", "httpx", "aiohttp", "rich", "asyncio", "yappi", "pyinstrument", "trustme"}


@pytest.mark.parametrize(
    ("words", "name", "names"),
    [
        ("compare httpx --blocks 3 aiohttp --quick", "clients", ["httpx", "aiohttp"]),
        ("count -n 16 httpx --tls httpx2", "clients", ["httpx", "httpx2"]),
        ("history add --exchanges --machine build-7 a b", "words", ["a", "b"]),
    ],
)
def test_options_may_stand_before_and_between_names(words: str, name: str, names: list[str]) -> None:
    command, *rest = words.split()
    assert getattr(parser_of(command).parse_args(rest), name) == names
