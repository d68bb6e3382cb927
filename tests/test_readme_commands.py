"""The README's commands: the two that do everything, and every example as its command's own parser reads it."""

import argparse
import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from clientprof.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.+?)\n```", README, re.DOTALL)
EXAMPLES = [
    line for block in re.findall(r"```console\n(.+?)\n```", README, re.DOTALL) for line in block.splitlines() if line
]


def test_two_commands_come_first_and_are_one_line_each() -> None:
    assert len(BLOCKS) == 2
    assert all("\n" not in block for block in BLOCKS)
    assert README.index(BLOCKS[0]) < README.index("## ")
    assert README.index(BLOCKS[1]) < README.index("## ")


def test_the_two_commands_use_nothing_but_venv_and_pip_to_install() -> None:
    for block in BLOCKS:
        steps = [step.strip() for step in block.split("&&")]
        assert steps[0] == "python3 -m venv .venv"
        assert steps[1].startswith(".venv/bin/pip install -q -e ")
        assert len(steps) == 3
    assert BLOCKS[0].endswith(".venv/bin/clientprof trace --client httpx -n 512")
    assert BLOCKS[1].endswith(".venv/bin/python -m pytest")


def test_ci_runs_the_command_that_the_readme_gives() -> None:
    script = ROOT / ".ci" / "readme-command"
    printed = subprocess.run([sys.executable, str(script), "2"], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == BLOCKS[1]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_accepted_by_its_command(example: str) -> None:
    program, name, *arguments = shlex.split(example)
    assert program == "clientprof"
    assert name in COMMANDS
    module = importlib.import_module(f"clientprof.cli.{name}")
    parser = argparse.ArgumentParser(exit_on_error=False)
    module.add_arguments(parser)
    parser.parse_args(arguments)
