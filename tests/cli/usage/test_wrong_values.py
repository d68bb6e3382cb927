"""A value that an option cannot take is refused in words: no name of our code, and no address of an object."""

import argparse
from collections.abc import Callable, Iterator

import pytest

from clientprof.cli import COMMANDS
from clientprof.cli.arguments.command_parser import parser_of
from clientprof.origin.network import link_process
from clientprof.origin.options import parse_options


def converted() -> Iterator[tuple[str, argparse.Action]]:
    """All options and arguments of all commands whose values are converted by a function."""
    for name in COMMANDS:
        for action in parser_of(name)._actions:
            if callable(action.type):
                yield name, action


def said(parse: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        parse()
    assert ended.value.code == 2
    return capsys.readouterr().err


def no_code_in(text: str) -> bool:
    words = [word.strip("'\".,:;()") for word in text.split()]
    return not any(word.startswith("_") or " object at 0x" in text or word == "Traceback" for word in words)


WRONG_FOR_ORIGIN = [
    ("--port", "x"), ("--port", "70000"), ("--port", "-1"), ("--cpu", "x"), ("--seed", "x"), ("--engine", "x"),
    ("--accept-delay-ms", "1.5"), ("--max-requests-per-connection", "0"), ("--keepalive-s", "x"),
    ("--keepalive-s", "nan"), ("--keepalive-s", "0"), ("--hosts", "0"), ("--hosts", ""), ("--http2-streams", "x"),
    ("--refuse-every", "x"), ("--retry-after-s", "-1"),
]  # fmt: skip


@pytest.mark.parametrize(("option", "value"), WRONG_FOR_ORIGIN)
def test_the_server_refuses_a_wrong_value_in_words(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(lambda: parse_options([f"{option}={value}"]), capsys)
    assert f"argument {option}: " in text
    assert no_code_in(text)


@pytest.mark.parametrize("value", ["x", "{}", "[]", '{"stall": null, "rtt": 3}', '{"stall": 5}'])
def test_the_link_refuses_what_is_no_network_in_words(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(lambda: link_process.main([value]), capsys)
    assert "is not a network" in text
    assert no_code_in(text)


def test_every_option_of_a_command_refuses_a_wrong_value_in_words() -> None:
    for name, action in converted():
        assert callable(action.type)
        try:
            action.type("x?")
        except (argparse.ArgumentTypeError, ValueError, TypeError):
            pass
        else:
            continue  # any text will do, such as a path
        parser = parser_of(name)
        with pytest.raises(argparse.ArgumentError) as raised:
            parser._get_value(action, "x?")  # type: ignore[attr-defined]
        assert no_code_in(str(raised.value)), (name, action.dest)


@pytest.mark.parametrize("value", ["-1/5", "-1m", "-1,16", "-5s", "-.5k"])
def test_a_value_below_zero_is_taken_for_a_value_by_every_option_so_that_its_own_words_refuse_it(value: str) -> None:
    seen = set()
    for name in COMMANDS:
        parser = parser_of(name)
        for action in parser._actions:
            if action.option_strings and action.nargs is None and action.type is None and action.choices is None:
                option = action.option_strings[0]
                # The options alone: which arguments a command takes besides is another matter.
                namespace, _ = parser.parse_known_args([option, value, *_needed(parser, action)])
                given = getattr(namespace, action.dest)
                assert value in (given if isinstance(given, list) else [given]), (name, option)
                seen.add(option)
    assert {"--stall", "--bandwidth", "-n", "--size"} <= seen


def _needed(parser: argparse.ArgumentParser, tried: argparse.Action) -> list[str]:
    """What must be given besides: a word for each argument, and the required options."""
    words = [next(iter(a.choices or "1")) for a in parser._actions if not a.option_strings and a.nargs in (None, "+")]
    for action in parser._actions:
        if action.option_strings and action.required and action is not tried:
            words += [action.option_strings[0], "1"]
    return words
