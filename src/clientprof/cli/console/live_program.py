"""The live view of a program, twice a second: on standard error (a line now and then where nothing can be drawn again), on
a page of loopback, or on both."""

import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.live import Live

from clientprof.cli.console.consoles import error_console, redraws
from clientprof.cli.console.live_server import LiveServer
from clientprof.experiments.programs.live.looks import Looks
from clientprof.report.terminal.programs.live import live_line, live_view

EVERY_S = 0.5
_LINE_EVERY_S = 5.0
_WIDEST = 120


class LiveProgram:
    """``look(seconds)`` draws what the files in the folder tell. What fails here is said once and ends the view alone.

    ``terminal`` draws on standard error, ``serve`` makes the page and says where it is.
    """

    def __init__(self, folder: Path, title: str, *, terminal: bool = True, serve: bool = False) -> None:
        self._looks: Looks | None = Looks(folder)
        self._title = title
        self._console = error_console()
        self._width = min(_WIDEST, self._console.width)
        self._terminal = terminal
        draws = terminal and redraws(self._console)
        self._live = Live(console=self._console, transient=True, auto_refresh=False) if draws else None
        self._said_s = 0.0
        self._server = _server(title) if serve else None

    def __enter__(self) -> Self:
        if self._server is not None:
            self._server.__enter__()
            print(f"clientprof: the live view is at {self._server.url}", file=sys.stderr, flush=True)
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        if self._server is not None:
            self._server.__exit__(kind, error, trace)

    def look(self, seconds: float) -> None:
        """Read on, and show what there is."""
        if self._looks is None or seconds < 0:
            return
        try:
            look = self._looks.look(seconds)
            if self._server is not None:
                self._server.publish(look)
            if self._live is not None:
                self._live.update(live_view(self._title, look, self._width), refresh=True)
            elif self._terminal and seconds >= self._said_s + _LINE_EVERY_S:
                self._said_s = seconds
                print(f"clientprof: {live_line(look)}", file=sys.stderr, flush=True)
        except Exception as error:
            self._looks = None
            print(f"clientprof: the live view ended ({type(error).__name__}); measuring goes on", file=sys.stderr)


def _server(title: str) -> LiveServer | None:
    """The page's server; None where there can be none, which is said: measuring goes on."""
    try:
        return LiveServer(title)
    except OSError as error:
        print(f"clientprof: no page: {error.strerror or error}; measuring goes on", file=sys.stderr)
        return None
