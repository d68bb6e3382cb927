"""The parser of a command: ``--help`` fits a screen, ``--help-all`` explains every option.

A command module says in ``COMMON`` which options most people need; without it, all are common. The others are named below
the heading of their group. ``HELP`` begins with the paragraph that ``--help`` shows. The paragraphs after it, and all but
the first examples, are for ``--help-all``.
"""

import argparse
import importlib
import re
import textwrap
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any, NoReturn

from clientprof.cli import sentence

_WIDTH = 80
_EXAMPLES = 3
_NAMES = 24  # columns for names of options, as argparse has them
_HEADING_OF_OPTIONS = "general"
# What is measured. Of other options the last one holds, as everywhere: what a wrapper gives can be changed.
_ONCE = frozenset(("--client", "--against", "--scenario", "--url"))


class CommandParser(argparse.ArgumentParser):
    """Of one command. ``common`` are options as they are written (``--client``, ``-n``), empty for all."""

    def __init__(self, prog: str, help_text: str = "", examples: str = "", common: Sequence[str] = ()) -> None:
        super().__init__(
            prog=prog,
            description=help_text,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,  # the recorded command must know every option by its whole name
        )
        # No option begins with a digit, so `--stall -1/5` and `-n -1,16` hold values, which are refused in our own words;
        # argparse alone knows plain numbers only, and takes the rest for options.
        self._negative_number_matcher = re.compile(r"-\.?[0-9]")
        self.given: dict[str, object] = {}
        for name in (None, "store"):
            self.register("action", name, _StoreOnce)
        self.register("action", "join", _Join)
        self.common = tuple(common)
        if common:
            self.add_argument("--help-all", action=_HelpAll, nargs=0, help="explain every option and exit")

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Also where options stand between the names that a command takes: ``compare httpx --blocks 3 aiohttp``."""
        self.given = {}
        several = any(action.nargs == "*" and not action.option_strings for action in self._actions)
        return self.parse_intermixed_args(args, namespace) if several else super().parse_args(args, namespace)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        self.given = {}
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        example = (self.epilog or "").partition("examples:\n  ")[2].partition("\n")[0].split("     ")[0]
        instead = f"for example `{example}`, or " if example else ""
        wrong = sentence(f"{message}{self._closest(message)}")
        self.exit(2, f"{self.prog}: {wrong} Try {instead}`{self.prog} --help`\n")

    def _closest(self, message: str) -> str:
        """``; did you mean --client?`` for an option that is misspelt; empty where none is alike."""
        import difflib

        known = [name for action in self._actions for name in action.option_strings]
        words = message.partition("unrecognized arguments: ")[2].split()
        wrong = next((word.partition("=")[0] for word in words if word.startswith("-")), "")
        alike = difflib.get_close_matches(wrong, known, n=1) if wrong else []
        return f"; did you mean {alike[0]}?" if alike else ""

    def format_help(self) -> str:
        """What fits a screen."""
        if not self.common:
            return super().format_help()
        positional = [action for action in self._actions if not action.option_strings]
        common = [action for name in self.common for action in self._actions if name in action.option_strings]
        parts = [
            f"usage: {self.prog} [options] {' '.join(_shown(action) for action in positional)}".rstrip(),
            str(self.description).partition("\n\n")[0],
            _explained("arguments:", positional),
            _explained("options:", common),
            self._others(),
            "\n".join((self.epilog or "").partition("\n\n")[0].splitlines()[: _EXAMPLES + 1]),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def format_help_all(self) -> str:
        """Every option, by groups."""
        return super().format_help()

    def options_by_heading(self) -> dict[str, list[argparse.Action]]:
        """All options but those of help, under the headings of their groups."""
        found: dict[str, list[argparse.Action]] = {}
        for group in self._action_groups:
            title = _HEADING_OF_OPTIONS if group.title == "options" else str(group.title)
            mine = [action for action in group._group_actions if _is_option(action)]
            if mine:
                found[title] = mine
        return found

    def _others(self) -> str:
        rest = {
            title: [action.option_strings[0] for action in actions if not set(action.option_strings) & set(self.common)]
            for title, actions in self.options_by_heading().items()
        }
        lines = [f"more options, explained by `{self.prog} --help-all`:"]
        for title, names in rest.items():
            if names:
                lines += _beside(title, ", ".join(names))
        return "\n".join(lines)


class _StoreOnce(argparse.Action):
    """A value. Another one for an option that says what is measured is refused: argparse takes the last and says nothing."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        assert isinstance(parser, CommandParser)
        before = parser.given.get(self.dest, values)
        if option in _ONCE and before is not values and before != values:
            parser.error(f"{option} was given twice, as {before} and as {values}; say it once")
        parser.given[self.dest] = values
        setattr(namespace, self.dest, values)


class _Join(argparse.Action):
    """A list with commas; where the option is repeated, its lists are one (``action="join"``)."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        assert isinstance(parser, CommandParser)
        before = parser.given.get(self.dest)
        parser.given[self.dest] = values if before is None else f"{before},{values}"
        setattr(namespace, self.dest, parser.given[self.dest])


class _HelpAll(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        assert isinstance(parser, CommandParser)
        print(parser.format_help_all(), end="")
        parser.exit()


def parser_of(name: str, module: ModuleType | None = None) -> CommandParser:
    """The parser of the command of that name, with all its arguments."""
    module = module or importlib.import_module(f"clientprof.cli.{name}")
    parser = CommandParser(f"clientprof {name}", module.HELP, module.EXAMPLES, getattr(module, "COMMON", ()))
    module.add_arguments(parser)
    return parser


def help_text(action: argparse.Action) -> str:
    """What the option is, as a line."""
    return (action.help or "").replace("%%", "%")


def written(action: argparse.Action) -> str:
    """``-n N``, ``--tls``, ``CLIENT``: how it is written on the command line."""
    names = ", ".join(action.option_strings)
    return f"{names} {_shown(action)}".strip() if names else _shown(action)


def _is_option(action: argparse.Action) -> bool:
    return bool(action.option_strings) and not {"--help", "--help-all"} & set(action.option_strings)


def _shown(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.metavar is None and action.choices is not None:
        return "{" + ",".join(str(choice) for choice in action.choices) + "}"
    name = str(action.metavar or action.dest)
    return {"?": f"[{name}]", "*": f"[{name} ...]", argparse.REMAINDER: f"{name} ..."}.get(str(action.nargs), name)


def _explained(title: str, actions: Iterable[argparse.Action]) -> str:
    lines = [line for action in actions for line in _beside(written(action), help_text(action))]
    return "\n".join([title, *lines]) if lines else ""


def _beside(left: str, right: str) -> list[str]:
    """The two in columns; a left part that is too wide has a line of its own."""
    lines = textwrap.wrap(right, _WIDTH - _NAMES, break_on_hyphens=False) or [""]
    if len(left) > _NAMES - 4:
        return [f"  {left}", *(f"{'':{_NAMES}}{line}" for line in lines)]
    return [f"  {left:{_NAMES - 4}}  {lines[0]}".rstrip(), *(f"{'':{_NAMES}}{line}" for line in lines[1:])]
