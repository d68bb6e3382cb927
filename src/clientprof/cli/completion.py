"""``clientprof completion``: what makes the shell complete commands, options and files."""

import argparse
from pathlib import Path

from clientprof.cli import COMMANDS, CommandError
from clientprof.cli.arguments.command_parser import parser_of

HELP = """Print a script that makes the shell complete commands, options, names of clients
and files. The script is static: no Python starts when you press Tab."""
EXAMPLES = """examples:
  clientprof completion bash > ~/.local/share/bash-completion/completions/clientprof
  clientprof completion zsh > ~/.zfunc/_clientprof

For zsh, ~/.zshrc needs `fpath+=~/.zfunc` before `autoload -Uz compinit` and
`compinit`."""
SHELLS = ("bash", "zsh")
_CLIENTS = "clients"
_FORMATS = "formats"
_SCENARIOS = "scenarios"
# Arguments whose values are names that clientprof knows, by their command (all where it is empty).
_NAMES = {
    ("", "client"): _CLIENTS,
    ("", "against"): _CLIENTS,
    ("", "clients"): _CLIENTS,
    ("export", "format"): _FORMATS,
    ("scenario", "name"): _SCENARIOS,
}
_FILES = {"bash": "_shtab_compgen_files", "zsh": "_files"}
_FOLDERS = {"bash": "_shtab_compgen_dirs", "zsh": "_files -/"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell that reads the script")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    print(script(arguments.shell))
    return 0


def script(shell: str) -> str:
    """What the shell reads.

    Raises:
        CommandError: shtab, which writes it, is not installed.
    """
    try:
        import shtab
    except ImportError:
        raise CommandError("completion needs the package shtab; install it: pip install shtab") from None
    return shtab.complete(whole_parser(), shell=shell, preamble=_preamble(shell))


def whole_parser() -> argparse.ArgumentParser:
    """All commands in one parser, with files and names of clients marked for shtab (by its attribute ``complete``)."""
    whole = argparse.ArgumentParser(prog="clientprof")
    whole.add_argument("-V", "--version", action="store_true", help="show the version")
    commands = whole.add_subparsers()
    for name, text in COMMANDS.items():
        parser = parser_of(name)
        for action in parser._actions:
            complete = _complete(name, action)
            if complete is not None:
                action.complete = complete  # type: ignore[attr-defined]
        commands.add_parser(name, help=text, parents=[parser], add_help=False)
    return whole


def _complete(command: str, action: argparse.Action) -> dict[str, str] | None:
    """The functions that complete the argument, by shell; None where its choices, or nothing, are known."""
    names = _NAMES.get((command, action.dest)) or _NAMES.get(("", action.dest))
    if names is not None:
        return dict.fromkeys(SHELLS, f"_clientprof_{names}")
    if action.metavar in ("DIR", "FOLDER"):
        return _FOLDERS
    return _FILES if action.type is Path or action.dest == "program" else None


def _preamble(shell: str) -> str:
    """A function of that shell for each kind of names."""
    from clientprof.clients import CLIENTS
    from clientprof.experiments.scenarios import SCENARIOS
    from clientprof.report.exporters import EXPORTERS

    known = ((_CLIENTS, CLIENTS), (_FORMATS, EXPORTERS), (_SCENARIOS, SCENARIOS))
    words = {kind: " ".join(sorted(names)) for kind, names in known}
    if shell == "bash":
        return "\n".join(f'_clientprof_{kind}() {{ compgen -W "{names}" -- "$1"; }}' for kind, names in words.items())
    return "\n".join(f"_clientprof_{kind}() {{ compadd -- {names}; }}" for kind, names in words.items())
