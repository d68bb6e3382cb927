"""The result on a terminal, 80 columns wide: what a newcomer needs first, every number with its unit."""

from rich.console import Console

from clientprof.model.results import TraceResult
from clientprof.report.terminal.cold import print_cold
from clientprof.report.terminal.costs import print_counters, print_functions, print_layers
from clientprof.report.terminal.headline import print_headline
from clientprof.report.terminal.remarks import print_files, print_findings, print_notices, print_observer

__all__ = ["print_result"]


# For terminals that cannot show them; bars are drawn in ASCII there to begin with.
_PLAIN = str.maketrans({"\u2013": "-", "\u2026": "...", "\u00a0": " "})


def print_result(result: TraceResult, console: Console) -> None:
    """Print the result; colour, width and NO_COLOR are the console's business.

    The last lines name the files written.
    """
    if not console.options.ascii_only:
        _print_parts(result, console)
        return
    with console.capture() as captured:
        _print_parts(result, console)
    text = captured.get().translate(_PLAIN)
    console.file.write(text.encode(console.encoding, "replace").decode(console.encoding))


def _print_parts(result: TraceResult, console: Console) -> None:
    for part in _PARTS:
        part(result, console)


_PARTS = (
    print_headline,
    print_cold,
    print_layers,
    print_functions,
    print_counters,
    print_observer,
    print_findings,
    print_notices,
    print_files,
)
