"""What is said of a matrix, alike on the page, on the terminal and in the summary."""

from clientprof.model.differences.matrix import MatrixResult, MeasuredCell
from clientprof.model.estimate import Verdict
from clientprof.report.writing.figures import measure, plural, ratio_full

HOW = (
    "All cells are measured in blocks. In a block every cell has a fresh process, all of them alive at once, and one at a "
    "time runs for a moment, in random order and then its mirror image. The first cell has two processes, one of which is "
    "held against the other (A/A).",
    "A ratio is the mean over blocks of the log ratio to the first cell. Brackets are 95 % intervals over blocks; each is "
    "95 % by itself, so of twenty intervals one misses its truth.",
    "A cell is called faster or slower only under the load of the first cell, if the whole interval lies outside 0.98 to "
    "1.02 and the first cell does not differ from itself.",
    "With several hosts a block is of one host. Its ratio holds nothing of how fast that host is, and the interval comes "
    "from differences between blocks of one host.",
    "There is no lens: `clientprof compare` says where the difference of two cells comes from.",
)


def name_of(result: MatrixResult, each: MeasuredCell) -> str:
    """A cell as a sentence names it: the client, and of Python and load what differs between cells."""
    cell = each.cell
    several = len({other.cell.python for other in result.cells}) > 1
    python = f" on Python {cell.python}" if cell.python and several else ""
    return f"{cell.client}{python}{f' under {cell.load}' if len(result.loads) > 1 else ''}"


def answer_text(result: MatrixResult) -> str:
    """Per load the cell with the least CPU per request, and the one with the most."""
    return " ".join(_under(result, load) for load in result.loads)


def _under(result: MatrixResult, load: str) -> str:
    cells = sorted(
        (each for each in result.cells if each.cell.load == load), key=lambda each: each.cpu_us_per_request.value
    )
    least, most = cells[0], cells[-1]
    if len(cells) == 1:
        return f"{name_of(result, least)} takes CPU of {_cost(least)}."
    return f"{name_of(result, least)} takes the least CPU: {_cost(least)}; {name_of(result, most)} the most: {_cost(most)}."


def _cost(each: MeasuredCell) -> str:
    ratio = "" if each.cpu is None else f", {ratio_full(each.cpu.ratio)} of the first cell"
    return f"{measure(each.cpu_us_per_request.value, 'us', 0)} per request{ratio}"


def verdict_word(each: MeasuredCell) -> str:
    """``slower``; of the first cell what it is."""
    if each.cpu is None:
        return "the first cell"
    if each.cpu.verdict is Verdict.NO_VERDICT and each.cpu.reason.startswith("another load"):
        return "another load"
    return str(each.cpu.verdict)


def sure(each: MeasuredCell) -> bool:
    """Whether the cell has a verdict that says something."""
    return each.cpu is not None and each.cpu.verdict in (Verdict.FASTER, Verdict.SLOWER)


def measured_text(result: MatrixResult) -> str:
    """``5 blocks on 2 hosts in 61 s: the most blocks allowed. A/A 1.003x [0.991, 1.015].``"""
    parts = []
    if result.stopping is not None:
        hosts = f" on {plural(len(result.hosts), 'host')}" if result.hosts else ""
        took = "" if result.stopping.seconds is None else f" in {measure(result.stopping.seconds, 's', 0)}"
        parts.append(f"{plural(result.stopping.blocks, 'block')}{hosts}{took}: {result.stopping.reason}.")
    if result.again is not None:
        parts.append(f"The first cell against itself (A/A): {ratio_full(result.again)}.")
    return " ".join(parts)


def no_verdicts(result: MatrixResult) -> tuple[tuple[str, str], ...]:
    """The cells without a verdict and the reasons, other loads left out: they never have one."""
    return tuple(
        (name_of(result, each), each.cpu.reason)
        for each in result.cells
        if each.cpu is not None and each.cpu.verdict is Verdict.NO_VERDICT and verdict_word(each) != "another load"
    )
