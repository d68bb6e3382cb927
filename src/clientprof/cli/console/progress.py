"""Progress of a trace on standard error: one bar over the worker runs, and what runs now."""

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from clientprof.cli.console.consoles import redraws
from clientprof.experiments.traces.trace_plan import WorkerStep
from clientprof.workload.process import Event


class TraceProgress:
    """A live bar on a terminal; one line per lens where the output is piped (CI logs); nothing when disabled."""

    def __init__(self, console: Console, *, enabled: bool) -> None:
        self._console = console
        live = enabled and redraws(console)
        self._lines = enabled and not live
        self._progress = Progress(
            TextColumn("{task.description:44}"),
            BarColumn(bar_width=20),
            TextColumn("{task.completed:g}/{task.total:g}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not live,
        )
        self._task = self._progress.add_task("starting the origin", total=1)
        self._announced = ""

    def __enter__(self) -> "TraceProgress":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def watch(self, step: WorkerStep, done: int, of: int, event: Event | None) -> None:
        """Show that a worker started or reported."""
        doing = f"{step.lens}: {step.client}"
        if event is not None and event["event"] == "round":
            doing += f", round {event['done']}"
        elif event is not None and event["event"] == "cold":
            doing += ", cold round"
        self.show(doing, done, of)
        if self._lines and event is None and step.lens != self._announced:
            self._announced = step.lens
            _say(f"{step.lens} lens, run {done + 1} of {of}")

    def show(self, doing: str, done: int, of: int) -> None:
        """What runs now, on the bar."""
        self._progress.update(self._task, description=doing, completed=done, total=of)

    def watch_named(self, doing: str, done: int, of: int) -> None:
        """The same for runs that are named by a text; a line each where the output is piped."""
        self.show(doing, done, of)
        if self._lines:
            _say(f"{doing}, run {done + 1} of {of}")

    def tell(self, text: str) -> None:
        """A sentence that stays, above the bar."""
        if self._lines:
            _say(text)
        elif not self._progress.disable:
            self._progress.console.print(text, markup=False, highlight=False)

    def say(self, text: str) -> None:
        """What happens after the measuring."""
        self._progress.update(self._task, description=text)
        if self._lines:
            _say(text)


def _say(text: str) -> None:
    """One line on standard error in one piece: two lanes of a trace speak at the same time."""
    sys.stderr.write(f"clientprof: {text}\n")
    sys.stderr.flush()
