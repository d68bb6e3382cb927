"""What a program's answer rests on, on the terminal: phases, holders, connections, timeouts, uptime, counts, processes."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from clientprof.model.phases import Phase
from clientprof.model.programs.recording import Gate
from clientprof.model.programs.results import Holder, ProgramPhase, ProgramResult, SiteResult
from clientprof.report.programs.program_wording import (
    behind_text,
    busy_text,
    in_all,
    leak_text,
    limit_text,
    ms,
    place,
    process_name,
    process_text,
    route_name,
    slope_text,
    verdict_text,
)
from clientprof.report.programs.uptime_section import grows, unit_beside, worth_showing
from clientprof.report.terminal.layout import (
    print_columns,
    print_facts,
    print_heading,
    print_named_rows,
    print_paragraph,
    safe,
)
from clientprof.report.writing.figures import ABSENT, count, decimal, percent
from clientprof.report.writing.wording import counter_title

_SITES = 4
_HOLDERS = 6
_HELD = 6
_SETTINGS = 5
_PROCESSES = 8
# Phases below this share of the wall time are left to the report.
_SMALL = 0.03
# How a phase divides is told from here on.
_WORTH_DIVIDING = 0.1


def print_phases(result: ProgramResult, console: Console) -> None:
    """The larger phases of the call sites that take the most time, each with the state that it is mostly in."""
    sites = [site for site in result.call_sites if site.phases][:_SITES]
    if not sites:
        return
    print_heading(console, "Phases", "ms of a request; wait is network and server")
    print_facts(console, [(place(site.file, site.line), safe(_phases(site))) for site in sites], style="")


def _phases(site: SiteResult) -> str:
    total = sum(row.wall_us for row in site.phases)
    large = [row for row in site.phases if row.wall_us >= _SMALL * total]
    return f"{ms(total / 1000)}: {', '.join(_phase(row, row.wall_us >= _WORTH_DIVIDING * total) for row in large)}"


def _phase(row: ProgramPhase, divided: bool) -> str:
    text = f"{row.phase} {ms(row.wall_us / 1000)}"
    if row.phase == Phase.WAIT and row.low_us is not None and row.high_us is not None:
        low, high = ms(row.low_us / 1000), ms(row.high_us / 1000)
        return text if low == high else f"{text} ({low} to {high})"
    if divided and row.between_us is not None:
        inside, between = ms(row.inside_us / 1000), ms(row.between_us / 1000)
        return f"{text} (waiting for pieces {inside}, in the program between pieces {between})"
    if row.ready_us is not None and row.ready_us >= 0.2 * row.wall_us and row.phase != Phase.LOOP:
        return f"{text} ({ms(row.ready_us / 1000)} ready)"
    return text


def print_holders(result: ProgramResult, console: Console) -> None:
    """The loops' shares, the functions that held them, and the routes served."""
    if not result.loops:
        return
    print_heading(console, "Who held the loop", "held in s; blamed: ms that a ready request waited for it")
    for loop in result.loops[:_SITES]:
        name = process_name(result, loop.process)
        text = f"{loop.loop} of {name}, {loop.name}: {busy_text(loop)}, longest step {ms(loop.longest_ms)} ms"
        print_paragraph(console, safe(text, "dim"))
    _print_served(result, console)
    of_function: dict[tuple[str, ...], list[Holder]] = {}
    for row in result.holders[:_HOLDERS]:
        lines = (_at(row.file, row.line, row.function), *(f"  {route_name(route)}" for route in row.routes))
        of_function.setdefault(lines, []).append(row)
    if of_function:
        heads = ["function", "layer", "held", "of loop", "longest", "blamed"]
        print_named_rows(console, heads, "llrrrr", [(name, _held(rows)) for name, rows in of_function.items()])


def _held(rows: Sequence[Holder]) -> list[Text]:
    """The cells of one function: a line for each of its layers."""
    columns = (
        [row.layer for row in rows],
        [decimal(row.held_s.value, 2) for row in rows],
        [percent(row.share_of_loop) for row in rows],
        [ms(row.longest_ms) for row in rows],
        [ms(row.blamed_us / 1000) for row in rows],
    )
    return [Text("\n").join(map(safe, column)) for column in columns]


def print_threads(result: ProgramResult, console: Console) -> None:
    """Where threads that call clients are, outside of these calls."""
    if not result.thread_times:
        return
    print_heading(console, "Threads outside of calls", "s, summed over threads; in the program's own functions")
    rows = [
        (
            [_at(row.file, row.at_line, row.function)],
            [
                safe(decimal(row.wall_s.value, 2)),
                safe(decimal(row.cpu_s, 2)),
                safe(percent(row.share)),
                safe(f"{row.threads:,}"),
            ],
        )
        for row in result.thread_times[:_HOLDERS]
    ]
    print_named_rows(console, ["function", "time", "computing", "of all", "threads"], "lrrrr", rows)


def _print_served(result: ProgramResult, console: Console) -> None:
    for row in result.served[:_SITES]:
        lived, ready = ms(row.wall_us / 1000), ms(row.ready_us / 1000)
        behind = behind_text(row)
        text = f"{route_name(row.route)}: a request lived {lived} ms, {ready} ms of it in line for the loop"
        print_paragraph(console, safe(f"{text}{f' behind {behind}' if behind else ''}", "dim"))


def _at(file: str, line: int, function: str) -> str:
    """File, line and the function's name; where the name has its module, that says the file."""
    module = file.removesuffix(".py").replace("/", ".")
    return f"{function}:{line}" if function.startswith(f"{module}.") else f"{place(file, line)} {function}"


def print_gates(result: ProgramResult, console: Console) -> None:
    """Where tasks and calls wait outside of requests."""
    if not result.gates:
        return
    print_heading(console, "What waits outside of requests", "mean and most")
    rows = []
    for row in result.gates[:_HELD]:
        gate = row.gate
        cells = [safe(_what(gate)), safe(decimal(row.tasks, 1)), safe(f"{row.most:,}")]
        rows.append(([_at(gate.file, gate.line, gate.function)], cells))
    print_named_rows(console, ["at", "for", "waiting", "most"], "llrr", rows)


def _what(gate: Gate) -> str:
    if gate.workers:
        return f"1 of {gate.workers} {'threads' if gate.of_threads else 'tasks'}, in {gate.what}"
    return f"1 of {gate.threads} threads" if gate.threads else gate.what


def print_connections(result: ProgramResult, console: Console) -> None:
    """Holders of connections, leaks, and what timeouts ran out on."""
    if result.held:
        print_heading(console, "Connections held", "most: at once; held: ms, mean")
        rows = [
            (
                [_at(row.file, row.line, row.function)],
                [
                    safe(f"{row.most:,}", "bold" if row.full else ""),
                    safe(ABSENT if row.limit is None else f"{row.limit:,}"),
                    safe(ms(row.mean_ms)),
                    safe(f"{row.leaked:,}" if row.leaked else "0", "bold red" if row.leaked else ""),
                ],
            )
            for row in result.held[:_HELD]
        ]
        print_named_rows(console, ["call site", "most", "allowed", "held", "leaked"], "lrrrr", rows)
        for row in result.held:
            if leak := leak_text(row):
                print_paragraph(console, safe(f"{place(row.file, row.line)}: {leak}", "bold"))
    if result.timeouts:
        print_heading(console, "Timeouts")
        facts = [
            (f"{row.count:,}", safe(f"{row.type} at {place(row.file, row.line)}: {verdict_text(row)}"))
            for row in result.timeouts[:_HELD]
        ]
        print_facts(console, facts, style="")


def print_uptime(result: ProgramResult, console: Console) -> None:
    """First and last value of each series, and the slope of those that grow."""
    series = [row for row in result.uptime if worth_showing(row)]
    if not series:
        return
    print_heading(console, "Over the program's age", "first to last; pictures are in the report")
    rows: list[list[Text]] = []
    for row in series:
        law = slope_text(row) if grows(row) else ""
        cells = (row.name, count(row.values[0]), count(row.values[-1]), unit_beside(row))
        rows.append([*(safe(cell) for cell in cells), safe(law, "bold")])
    print_columns(console, ["", "first", "last", "", ""], "lrrlW", rows)


def print_counts(result: ProgramResult, console: Console) -> None:
    """Counters per 1,000 requests, and the clients' settings beside what the load needed."""
    if result.counters:
        print_heading(console, "Counters")
        counted = [
            [safe(counter_title(row)[0]), safe(in_all(row, result)), safe(count(row.value))] for row in result.counters
        ]
        print_columns(console, ["", "in all", "per 1,000 requests"], "lrr", counted)
    if result.settings:
        print_heading(console, "Settings found", "connections; in flight: the most at once")
        rows = [
            (
                [f"{row.client.name} at {place(row.file, row.line)}"],
                [
                    safe(f"{row.instances:,}"),
                    safe(limit_text(row.settings, "limit")),
                    safe(limit_text(row.settings, "idle")),
                    safe(f"{row.most_in_flight:,}"),
                ],
            )
            for row in result.settings[:_SETTINGS]
        ]
        print_named_rows(console, ["client", "objects", "allowed", "kept idle", "in flight"], "lrrrr", rows)


def print_processes(result: ProgramResult, console: Console) -> None:
    """The processes, where there are several or something is to be said of one."""
    told = [process for process in result.processes if process.removed or process.notes]
    if len(result.processes) < 2 and not told:
        return
    print_heading(console, "Processes")
    facts = [
        (f"{number}", safe(f"{process.name}, {process.kind}, Python {process.python}: {process_text(process)}"))
        for number, process in enumerate(result.processes[:_PROCESSES])
    ]
    if (more := len(result.processes) - _PROCESSES) > 0:
        facts.append(("", safe(f"{more:,} more are in the report")))
    print_facts(console, facts, style="")
