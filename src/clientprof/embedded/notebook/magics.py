"""The magics: ``%%clientprof`` counts what a cell costs, ``%%clientprof run`` measures it as a program, ``%clientprof`` runs
a command.

A cell that is counted runs as any other: in the notebook's names, with ``await``, and its last value is shown. So it is no
function's argument, as with other cell magics: its first line becomes a call that opens a block of ``watching()``, and
IPython's event after the cell closes the block.
"""

import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

from clientprof.embedded.notebook.commands import Result, run_command
from clientprof.embedded.watching import Seen, watching

_COUNTED = re.compile(r"%%clientprof[ \t]*(?:as[ \t]+(?P<name>[A-Za-z_]\w*))?[ \t]*\n?")
_OPENS = "clientprof_watch"
_USAGE = """%%clientprof               count requests, connections and waits of the cell
%%clientprof as seen       the same, and keep the figures in the variable seen
%%clientprof run [options] measure the cell as a program of its own, in a new process
%clientprof trace --client httpx -n 512   any command of clientprof"""


class Magics:
    """Of one shell. ``shell`` is IPython's ``InteractiveShell``."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._block: watching | None = None
        self._seen: Seen | None = None

    def install(self) -> None:
        self._shell.input_transformers_cleanup.append(opening_the_block)
        self._shell.register_magic_function(self.clientprof, "line_cell", "clientprof")
        self._shell.register_magic_function(self.watch, "line", _OPENS)

    def uninstall(self) -> None:
        self._close()
        if opening_the_block in self._shell.input_transformers_cleanup:
            self._shell.input_transformers_cleanup.remove(opening_the_block)
        for kind, name in (("line", "clientprof"), ("cell", "clientprof"), ("line", _OPENS)):
            self._shell.magics_manager.magics[kind].pop(name, None)

    def watch(self, line: str) -> None:
        """Count what follows in this cell; ``line`` is the variable that gets the figures, or empty."""
        self._close()
        self._block = watching()
        self._seen = self._block.__enter__()
        if line.strip():
            self._shell.user_ns[line.strip()] = self._seen
        self._shell.events.register("post_run_cell", self._after_the_cell)

    def clientprof(self, line: str, cell: str | None = None) -> Result | None:
        """A command of clientprof on its line, or ``run`` of the cell."""
        from IPython.core.error import UsageError

        words = shlex.split(line)
        if not words:
            print(_USAGE)
            return None
        if cell is None:
            if words == ["run"]:
                raise UsageError("%clientprof run what? Name a script, or write %%clientprof run above a cell")
            return run_command(words)
        if words[0] != "run":
            raise UsageError(
                f"%%clientprof {words[0]} takes no cell; write %clientprof {line} in a line of its own, "
                "%%clientprof above a cell to count it, or %%clientprof run to measure it as a program"
            )
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "cell.py"
            script.write_text(cell, encoding="utf-8")
            return run_command(["run", "--python", sys.executable, *words[1:], str(script)])

    def _after_the_cell(self, *_: object) -> None:
        from IPython.display import display

        seen = self._seen
        self._close()
        if seen is not None:
            display(seen)  # type: ignore[no-untyped-call]

    def _close(self) -> None:
        block, self._block, self._seen = self._block, None, None
        if block is None:
            return
        block.__exit__(None, None, None)
        self._shell.events.unregister("post_run_cell", self._after_the_cell)


def opening_the_block(lines: list[str]) -> list[str]:
    """The cell with its ``%%clientprof`` replaced by the call that opens a block; its lines keep their numbers."""
    found = _COUNTED.fullmatch(lines[0]) if lines else None
    if found is None:
        return lines
    return [f"get_ipython().run_line_magic({_OPENS!r}, {found['name'] or ''!r})\n", *lines[1:]]


_loaded: dict[int, Magics] = {}


def load(shell: Any) -> None:
    """Put the magics into the shell; a second time changes nothing."""
    if id(shell) not in _loaded:
        _loaded[id(shell)] = Magics(shell)
        _loaded[id(shell)].install()


def unload(shell: Any) -> None:
    """Take them out again."""
    magics = _loaded.pop(id(shell), None)
    if magics is not None:
        magics.uninstall()
