"""A command of clientprof that is run from a notebook, and how its result is shown.

It runs in a process of its own, so the notebook's kernel disturbs no measurement. Progress appears below the cell while it
runs, one line a step.
"""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from clientprof.report.writing.escape import escape_html

# These leave standard output to the program, and print their result on standard error behind such a line.
OF_PROGRAMS = ("run", "attach")
_ENDED = "clientprof: the measurement ended because "
_FILE = re.compile(r"(report|summary|recording) +(\S.*)")


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """``text``: what the command printed; ``files``: ``report``, ``summary``, ``recording``, where it wrote such."""

    text: str
    files: dict[str, Path]

    @property
    def summary(self) -> dict[str, Any]:
        """What ``summary.json`` holds.

        Raises:
            FileNotFoundError: the command wrote none.
        """
        if "summary" not in self.files:
            raise FileNotFoundError("this command wrote no summary")
        found: dict[str, Any] = json.loads(self.files["summary"].read_text(encoding="utf-8"))
        return found

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """The answer, everything else folded below it, and links to the files."""
        answer, rest = parted(self.text)
        parts = [f"<pre>{escape_html_lines(answer)}</pre>"]
        if rest:
            parts.append(
                f"<details><summary>all that was printed</summary><pre>{escape_html_lines(rest)}</pre></details>"
            )
        links = [
            f'<a href="{escape_html(_relative(path))}" target="_blank">{name}</a>' for name, path in self.files.items()
        ]
        return "".join(parts) + (f"<p>{' · '.join(links)}</p>" if links else "")


def run_command(words: Sequence[str]) -> Result | None:
    """Run it to its end; None where it failed, which has been said below the cell."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clientprof", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env={**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    of_program = words[0] in OF_PROGRAMS
    out: list[str] = []
    reader = threading.Thread(target=_read, args=(process.stdout, out))
    reader.start()
    result = _result_on_error_stream(process.stderr, of_program)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        # The kernel's group got the signal as well: what was measured until now is being written.
        code = process.wait()
    reader.join()
    printed = "".join(out)
    if of_program:
        print(printed, end="")
        printed = result
    if code not in (0, 3) and not printed:
        return None
    text = printed.rstrip("\n")
    files = {found[1]: Path(found[2]) for line in text.splitlines() if (found := _FILE.fullmatch(line))}
    return Result(text, files)


def parted(text: str) -> tuple[str, str]:
    """The answer (the title, and the paragraph below it), and the rest."""
    paragraphs = text.split("\n\n")
    at = next((n for n, part in enumerate(paragraphs) if re.search(r"^  what  ", part, re.MULTILINE)), None)
    if at is None:
        return text, ""
    return "\n\n".join(paragraphs[: at + 1]), "\n\n".join(paragraphs[at + 1 :])


def escape_html_lines(text: str) -> str:
    """The text for a ``<pre>``: its lines stay lines."""
    return "\n".join(escape_html(line.rstrip()) for line in text.splitlines())


def _result_on_error_stream(stream: IO[str], of_program: bool) -> str:
    """Print the stream's lines as they come; those of a program's result are returned instead."""
    kept: list[str] = []
    for line in stream:
        if of_program and (kept or line.startswith(_ENDED)):
            kept.append(line)
        else:
            print(line, end="", file=sys.stderr, flush=True)
    return "".join(kept[1:])


def _read(stream: IO[str], into: list[str]) -> None:
    into.extend(stream)


def _relative(path: Path) -> str:
    """As a notebook in this folder links it."""
    try:
        return quote(path.resolve().relative_to(Path.cwd()).as_posix())
    except ValueError:
        return path.resolve().as_uri()
