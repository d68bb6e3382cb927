"""The two consoles of every command: results on standard output, progress and remarks on standard error.

Neither carries an escape code where the stream is no terminal (a pipe, a file, a CI log), where NO_COLOR is set
(https://no-color.org), or where TERM says that the terminal knows none. FORCE_COLOR asks for colours in a pipe, and gets
colours only: nothing is redrawn there, because a log keeps every frame of it.
"""

import os
import sys

from rich.console import Console

_PLAIN_COLUMNS = 80
_UNABLE = ("dumb", "unknown")


class _Console(Console):
    """A console whose reader may go away: that is told to who prints, as ``print`` does it."""

    def on_broken_pipe(self) -> None:
        # Called while the error is handled; rich alone would end the process with code 1.
        raise


def output_console() -> Console:
    """For results."""
    return _console(stderr=False)


def error_console() -> Console:
    """For progress and remarks; ``redraws`` says whether a live display may be drawn on it."""
    return _console(stderr=True)


def redraws(console: Console) -> bool:
    """Whether the console is a terminal that can be drawn on again, and nobody asked for plain text."""
    return console.is_terminal and console.file.isatty()


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    wanted = bool(os.environ.get("FORCE_COLOR")) or stream.isatty()
    if wanted and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "").lower() not in _UNABLE:
        return _Console(stderr=stderr, width=None if stream.isatty() else _columns())
    # rich alone would keep bold under NO_COLOR, and take the width of whatever terminal standard input is.
    return _Console(
        stderr=stderr, color_system=None, force_terminal=False, width=None if stream.isatty() else _columns()
    )


def _columns() -> int:
    """What COLUMNS says, else 80."""
    given = os.environ.get("COLUMNS", "")
    return int(given) if given.isdigit() and int(given) > 0 else _PLAIN_COLUMNS
