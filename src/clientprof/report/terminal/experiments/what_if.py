"""What a program would gain, on a terminal: the answer, each suspect alone, all of them, what could not be tried."""

import io

from rich.console import Console
from rich.text import Text

from clientprof.model.estimate import Verdict
from clientprof.model.experiments.what_if import Tried, WhatIf
from clientprof.report.experiments.what_if_wording import (
    answer_lines,
    answer_text,
    measured_text,
    row_label,
    saved_text,
    together_texts,
    verdict_word,
    why_text,
)
from clientprof.report.terminal.answer import print_answer
from clientprof.report.terminal.layout import (
    print_columns,
    print_heading,
    print_lines,
    print_paragraph,
    safe,
)
from clientprof.report.terminal.plain import printed_plainly
from clientprof.report.writing.figures import ABSENT, decimal, interval


def print_what_if(found: WhatIf, console: Console) -> None:
    """Print it, 80 columns wide; the last lines name the files written."""
    printed_plainly(console, lambda: _print(found, console))


def what_if_text(found: WhatIf, width: int = 80) -> str:
    """The same as plain text, without colour."""
    stream = io.StringIO()
    print_what_if(found, Console(file=stream, width=width, color_system=None))
    return stream.getvalue()


def _print(found: WhatIf, console: Console) -> None:
    console.print(safe(found.title, "bold"))
    console.print()
    print_answer(console, [safe(answer_text(found))], answer_lines(found))
    if found.unchanged_us is not None:
        print_paragraph(console, safe(measured_text(found), "dim"))
        _print_table(found, console)
    print_lines(
        console, "Could not be tried", [*((row.suspect, row.reason) for row in found.undone), *_failures(found)]
    )
    print_lines(console, "Warnings", [("!", f"{each.text} {each.advice}".rstrip()) for each in found.notices])
    if found.files:
        console.print()
        widest = max(len(name) for name in found.files)
        for name, path in found.files.items():
            console.print(safe(f"{name.ljust(widest)}  {path}"), soft_wrap=True)


def _failures(found: WhatIf) -> list[tuple[str, str]]:
    rows = [*found.alone, *found.together]
    return [(row_label(found, row), row.reason) for row in rows if row.cpu is None and row.reason]


def _print_table(found: WhatIf, console: Console) -> None:
    rows = [row for row in (*found.alone, *found.together) if row.cpu is not None]
    if not rows:
        return
    print_heading(console, "Each alone, and together", "CPU in µs per request")
    # How many requests each made is on the page: with them, the names of the changes have no room.
    heads = ["", "CPU", "saved", "95 %", "of the CPU", ""]
    first = [safe(cell) for cell in ("as it is", decimal(_cost(found), 0), "", "", "", "")]
    print_columns(console, heads, "Wrrrrl", [first, *(_row(found, row) for row in rows)])
    for text in together_texts(found):
        print_paragraph(console, safe(text))
    unsure = [
        (row.name, why_text(row))
        for row in found.alone
        if row.cpu is not None and row.cpu.verdict is Verdict.NO_VERDICT
    ]
    print_lines(console, "Why there is no verdict", unsure)


def _cost(found: WhatIf) -> float | None:
    return None if found.unchanged_us is None else found.unchanged_us.value


def _row(found: WhatIf, row: Tried) -> list[Text]:
    gain = row.gain_us
    cells = (
        row_label(found, row),
        ABSENT if row.cost_us is None else decimal(row.cost_us.value, 0),
        ABSENT if gain is None else decimal(gain.value, 0),
        interval(gain, 0),
        saved_text(row).partition(" [")[0],
        verdict_word(row),
    )
    sure = row.cpu is not None and row.cpu.verdict in (Verdict.FASTER, Verdict.SLOWER)
    return [safe(cell, "" if sure else "dim") for cell in cells]
