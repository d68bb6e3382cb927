"""README and docs: the two commands that do everything, every example as its parser reads it, every link, the reference."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from clientprof.cli import COMMANDS
from clientprof.cli.arguments.command_parser import parser_of
from clientprof.cli.arguments.reference import reference

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path: path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]}
BLOCKS = re.findall(r"```sh\n(.+?)\n```", README, re.DOTALL)
# Commands in blocks marked `console` are run as well, by the slow tests; those of the reference are read only.
EXAMPLES = [
    line
    for path, text in PAGES.items()
    if path.name != "reference.md"
    for block in re.findall(r"```console\n(.+?)\n```", text, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("clientprof ")
]
READ = sorted(
    {
        line
        for text in PAGES.values()
        for block in re.findall(r"```\w*\n(.+?)\n```", text, re.DOTALL)
        for line in block.splitlines()
        if re.match(rf"clientprof ({'|'.join(COMMANDS)})\b", line)
    }
)


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


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("example", READ)
def test_every_example_is_accepted_by_its_command(example: str) -> None:
    # What follows `>` is the shell's, and the file of --selfcheck would have to be there.
    words = shlex.split(re.sub(r" (> [\w.~/-]+$|--selfcheck \S+)", "", example))
    parser_of(words[1]).parse_args(words[2:])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_option_named_in_a_sentence_exists(page: Path) -> None:
    for name, rest in re.findall(rf"`clientprof ({'|'.join(COMMANDS)})( [^`\n]+)?`", PAGES[page]):
        known = {option for action in parser_of(name)._actions for option in action.option_strings}
        mine = rest.partition(" -- ")[0].split()
        assert {word for word in mine if re.match(r"--?[a-z]", word)} <= known, (name, rest)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        assert other.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.+)$", PAGES[other], re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}, target


def test_each_block_of_the_tutorial_can_be_pasted_after_those_before_it() -> None:
    known: set[str] = set()
    blocks = re.findall(r"```bash\n(.+?)\n```", PAGES[ROOT / "docs" / "tutorial.md"], re.DOTALL)
    assert len(blocks) > 5
    for block in blocks:
        for line in block.splitlines():
            # Jobs have other numbers in every shell, and nothing tells a reader what stands for a word in capitals.
            assert not re.search(r"%\d|reports/[A-Z]", line), line
            assert "& " not in f"{line} " or re.search(r"& \w+=\$!$", line), line
            assert set(re.findall(r"\$(\w+)", line)) <= known, line
            known |= set(re.findall(r"\b(\w+)=\$", line))


def test_every_page_can_be_reached_from_the_readme_and_from_the_index() -> None:
    names = {path.name for path in PAGES} - {"README.md"}
    assert names <= set(re.findall(r"\]\(docs/(\w[\w-]*\.md)[)#]", README))
    assert names <= set(re.findall(r"\]\((\w[\w-]*\.md)[)#]", PAGES[ROOT / "docs" / "README.md"]))


def test_the_reference_is_what_the_parsers_say() -> None:
    made = "python -m clientprof.cli.arguments.reference docs/reference.md"
    assert PAGES[ROOT / "docs" / "reference.md"] == reference(), f"options have changed; write it again: {made}"
