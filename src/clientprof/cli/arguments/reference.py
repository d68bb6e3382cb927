"""The reference of commands and options as Markdown, made from the parsers.

``python -m clientprof.cli.arguments.reference docs/reference.md`` writes it.
"""

import argparse
import sys
import textwrap
from pathlib import Path

from clientprof.cli import COMMANDS
from clientprof.cli.arguments.command_parser import CommandParser, help_text, parser_of, written

_HEAD = """# Commands and options

Made by `python -m clientprof.cli.arguments.reference docs/reference.md` from the command line itself.

`clientprof <command> --help` shows the common options, `--help-all` all of them. `python -m clientprof` does the same as
`clientprof`.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a `--fail-if` condition holds, 130 interrupted by Ctrl-C, 143 by SIGTERM and
129 by SIGHUP (what was measured is kept and marked incomplete), 141 if nobody reads what is printed (`| head`).
"""


def reference() -> str:
    """All commands in their order, each with its text, arguments, options under their headings, and examples."""
    listed = "\n".join(f"* [`{name}`](#{name}): {text}" for name, text in COMMANDS.items())
    return "\n".join([f"{_HEAD}\n{listed}\n", *(_command(name, parser_of(name)) for name in COMMANDS)])


def _command(name: str, parser: CommandParser) -> str:
    positional = [action for action in parser._actions if not action.option_strings]
    parts = [f"## {name}", _prose(str(parser.description)), _table("argument", positional)]
    for title, actions in parser.options_by_heading().items():
        parts += [f"**{title[0].upper()}{title[1:]}**", _table("option", actions)]
    before, _, examples = (parser.epilog or "").partition("examples:\n")
    lines, _, after = examples.partition("\n\n")
    parts += [_listed(before)] if before else []
    parts.append("```console\n" + "\n".join(line.strip().split("     ")[0] for line in lines.splitlines()) + "\n```")
    # What follows the examples is a sentence, or lines of a file under a heading.
    heading, _, rest = after.partition(":\n")
    parts.append(f"{heading[:1].upper()}{heading[1:]}:\n\n```\n{textwrap.dedent(rest)}\n```" if rest else after)
    return "\n\n".join(part for part in parts if part) + "\n"


def _prose(text: str) -> str:
    return text.replace("<", "&lt;")


def _table(kind: str, actions: list[argparse.Action]) -> str:
    rows = [f"| `{written(action)}` | {_cell(help_text(action))} |" for action in actions]
    return "\n".join([f"| {kind} | meaning |", "|---|---|", *rows]) if rows else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _listed(text: str) -> str:
    """Lines of a name and a text, as a list."""
    lines = [line.split(maxsplit=1) for line in text.splitlines()[1:] if line.strip()]
    return "\n".join(f"* `{name}`: {what}" for name, what in lines)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
    else:
        print(reference(), end="")
