"""The result on a terminal, 80 columns wide: what a newcomer needs first, every number with its unit."""

from rich.console import Console

from clientprof.model.results import TraceResult
from clientprof.report.terminal.catalogue import print_catalogue
from clientprof.report.terminal.cold import print_cold
from clientprof.report.terminal.comparison import print_comparison
from clientprof.report.terminal.costs import print_counters, print_functions, print_layers
from clientprof.report.terminal.experiments.explanation import print_explanation
from clientprof.report.terminal.failures import print_failures
from clientprof.report.terminal.findings_and_notices import print_files, print_findings, print_notices, print_observer
from clientprof.report.terminal.headline import print_headline
from clientprof.report.terminal.history import print_history
from clientprof.report.terminal.memory import print_memory
from clientprof.report.terminal.plain import printed_plainly
from clientprof.report.terminal.programs.program import print_program
from clientprof.report.terminal.sweep import print_growth
from clientprof.report.terminal.tls import print_tls

__all__ = [
    "print_catalogue",
    "print_comparison",
    "print_explanation",
    "print_growth",
    "print_history",
    "print_program",
    "print_result",
]


def print_result(result: TraceResult, console: Console) -> None:
    """Print the result; colour, width and NO_COLOR are the console's business.

    The last lines name the files written.
    """
    printed_plainly(console, lambda: _print_parts(result, console))


def _print_parts(result: TraceResult, console: Console) -> None:
    for part in _PARTS:
        part(result, console)


_PARTS = (
    print_headline,
    print_failures,
    print_cold,
    print_tls,
    print_layers,
    print_functions,
    print_memory,
    print_counters,
    print_observer,
    print_findings,
    print_notices,
    print_files,
)
