"""The live view of a program on standard error, twice a second; a line now and then where nothing can be drawn again."""

import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.live import Live

from clientprof.cli.console.consoles import error_console, redraws
from clientprof.experiments.programs.live.looks import Looks
from clientprof.report.terminal.programs.live import live_line, live_view

EVERY_S = 0.5
_LINE_EVERY_S = 5.0
_WIDEST = 120


class LiveProgram:
    """``look(seconds)`` draws what the files in the folder tell. What fails here is said once and ends the view alone."""

    def __init__(self, folder: Path, title: str) -> None:
        self._looks: Looks | None = Looks(folder)
        self._title = title
        self._console = error_console()
        self._width = min(_WIDEST, self._console.width)
        self._live = Live(console=self._console, transient=True, auto_refresh=False) if redraws(self._console) else None
        self._said_s = 0.0

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def look(self, seconds: float) -> None:
        """Read on, and show what there is."""
        if self._looks is None or seconds < 0:
            return
        try:
            look = self._looks.look(seconds)
            if self._live is not None:
                self._live.update(live_view(self._title, look, self._width), refresh=True)
            elif seconds >= self._said_s + _LINE_EVERY_S:
                self._said_s = seconds
                print(f"clientprof: {live_line(look)}", file=sys.stderr, flush=True)
        except Exception as error:
            self._looks = None
            print(f"clientprof: the live view ended ({type(error).__name__}); measuring goes on", file=sys.stderr)
