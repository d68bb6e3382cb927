"""Git by its command line, so that it reads and never writes: no lock, no hook, no monitor, no question, no network."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from clientprof.experiments.sources.errors import SourceProblem

_TIMEOUT_S = 300.0
_READ_ONLY = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "gc.auto=0")
# Set where clientprof runs in a hook, or below another git command: they would lead to that one's repository.
_OTHER_REPOSITORY = re.compile(r"GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|NAMESPACE|PREFIX|CONFIG.*|"
                               r"ALTERNATE_OBJECT_DIRECTORIES|CEILING_DIRECTORIES|SHALLOW_FILE|GRAFT_FILE)")  # fmt: skip
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}


class GitFailed(Exception):
    """A git command that failed; the message is the last line that it printed."""


def git(folder: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> str:
    """What a git command prints, run in ``folder``, without the last line break.

    Raises:
        GitFailed: it failed.
        SourceProblem: there is no git, or it does not end.
    """
    program = shutil.which("git")
    if program is None:
        raise SourceProblem("git is not on the path; it is needed for what lies in a repository")
    kept = {name: value for name, value in os.environ.items() if not _OTHER_REPOSITORY.fullmatch(name)}
    try:
        ran = subprocess.run(
            [program, "-C", str(folder), *_READ_ONLY, *arguments],
            capture_output=True, text=True, encoding="utf-8", errors="surrogateescape", timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL, env={**kept, **_QUIET, **(variables or {})},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SourceProblem(f"git {arguments[0]} did not end within {_TIMEOUT_S:.0f} s") from None
    if ran.returncode != 0:
        lines = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
        raise GitFailed(lines[0] if lines else f"git {arguments[0]} failed")
    return ran.stdout.rstrip("\n")
