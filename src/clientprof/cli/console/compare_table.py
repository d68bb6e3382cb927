"""The live table of a comparison on standard error: each arm's ratio, and its interval as it shrinks."""

import sys
from types import TracebackType

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from clientprof.cli.console.consoles import error_console, redraws
from clientprof.experiments.differences.compare_run import Progress
from clientprof.model.estimate import Estimate
from clientprof.model.figures import percent


class LiveTable:
    """A table that is redrawn on a terminal; one line per block where the output is piped; nothing when disabled.

    ``brief`` leaves the ratios out of the lines.
    """

    def __init__(self, *, enabled: bool, brief: bool = False) -> None:
        self._brief = brief
        console = error_console()
        self._lines = enabled and not redraws(console)
        self._live = (
            Live(console=console, transient=True, refresh_per_second=4) if enabled and not self._lines else None
        )
        self._said = ""

    def __enter__(self) -> "LiveTable":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def watch(self, progress: Progress) -> None:
        """Show where the comparison stands."""
        if self._live is not None:
            self._live.update(_drawn(progress))
        elif self._lines and progress.doing != self._said:
            self._said = progress.doing
            ratios = (
                ""
                if self._brief
                else "; ".join(f"{name} {interval_text(ratio)}" for name, ratio in progress.ratios.items())
            )
            print(f"clientprof: {progress.doing}{': ' if ratios else ''}{ratios}", file=sys.stderr, flush=True)


def _drawn(progress: Progress) -> Group:
    most = f" of at most {progress.most_blocks}" if progress.most_blocks else ""
    head = f"{progress.doing}, {progress.blocks}{most} blocks, {progress.seconds:.0f} s"
    if not progress.ratios:
        return Group(Text(head))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("arm", "CPU per request, baseline = 1", "half-width"):
        table.add_column(title)
    for name, ratio in progress.ratios.items():
        table.add_row(Text(name), Text(interval_text(ratio)), Text(_half_width(ratio)))
    return Group(Text(head), table)


def interval_text(ratio: Estimate) -> str:
    """``1.52x [1.40, 1.65]``."""
    if ratio.low is None or ratio.high is None:
        return f"{ratio.value:.3f}x"
    return f"{ratio.value:.3f}x [{ratio.low:.3f}, {ratio.high:.3f}]"


def _half_width(ratio: Estimate) -> str:
    return "" if ratio.log_half_width is None else percent(ratio.log_half_width)
