"""Where a program's CPU goes: flame graphs, layers and functions of the thread that was sampled; and counts."""

from clientprof.model.layers import LAYER_MEANING
from clientprof.model.programs.results import ProgramResult
from clientprof.model.samples import Profile
from clientprof.report.costs.flame_controls import keys_help
from clientprof.report.costs.flame_section import flame_graph
from clientprof.report.programs.program_wording import in_all, process_name
from clientprof.report.writing.figures import count, decimal, interval, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, table, tag
from clientprof.report.writing.page_parts import bar, chip, function_at, quiet
from clientprof.report.writing.wording import counter_title

# Three graphs of 100 KB at most leave room for the rest of the page.
_GRAPHS = 3
_FUNCTIONS = 30


def program_flame_section(result: ProgramResult) -> Html | None:
    """A graph for each loop that was sampled, those with the most samples first."""
    profiles = sampled_profiles(result)
    if not profiles:
        return None
    text = caption(
        "The width of a frame is CPU of the sampled thread divided by the requests that ended in it; its callers are above "
        "it; its colour is the layer that owns the cost. Time in which nothing computed is not in the picture. Click a "
        "frame, or spread two fingers, to zoom; the address keeps what is shown."
    )
    graphs = (flame_graph(number, name, profile) for number, (name, profile) in enumerate(profiles[:_GRAPHS]))
    return join((text, keys_help(), *graphs, _layers(result), _functions(result)))


def sampled_profiles(result: ProgramResult) -> list[tuple[str, Profile]]:
    """The profiles with the names of their loops, the heaviest first; each once."""
    found = [
        (f"{process_name(result, loop.process)}, {loop.name}", loop.profile)
        for loop in result.loops
        if loop.profile is not None and loop.profile.root.total_us > 0
    ]
    if not found and result.profile is not None and result.profile.root.total_us > 0:
        found = [("The program", result.profile)]
    return sorted(found, key=lambda pair: -pair[1].root.samples)


def _layers(result: ProgramResult) -> Html | None:
    if not result.layers:
        return None
    rows = sorted(result.layers, key=lambda row: -row.cpu_us_per_request.value)
    full = rows[0].cpu_us_per_request.value
    columns = [Column("Layer"), Column("CPU", class_="wide", hint="µs per request")]
    cells: list[list[Node]] = []
    for row in rows:
        cost = row.cpu_us_per_request
        figure = tag(
            "span", tag("b", decimal(cost.value)), quiet(percent(row.share)), quiet(interval(cost)), class_="figure"
        )
        name = tag("span", chip("layer", row.layer), title=LAYER_MEANING[row.layer])
        cells.append([name, join((figure, bar([(f"--layer-{row.layer}", cost.value)], full)))])
    return join((tag("h3", "By layer"), table("CPU per request by layer", columns, cells, "bars")))


def _functions(result: ProgramResult) -> Html | None:
    functions = sorted(result.functions, key=lambda row: -row.self_us_per_request.value)[:_FUNCTIONS]
    if not functions:
        return None
    columns = [
        Column("Function"), Column("Layer"), Column("Self", True, "µs per request"), Column("Total", True, "µs per request"),
    ]  # fmt: skip
    rows: list[list[Node]] = [
        [
            function_at(row.function, row.file, row.line, row.module),
            chip("layer", row.layer),
            join((decimal(row.self_us_per_request.value), " ", quiet(interval(row.self_us_per_request)))),
            decimal(row.total_us_per_request.value),
        ]
        for row in functions
    ]
    return details(f"The {len(rows)} functions with the most own CPU", table("Functions", columns, rows, "functions"))


def program_counters_section(result: ProgramResult) -> Html | None:
    """Counts per 1,000 requests, of the whole measured time."""
    if not result.counters:
        return None
    columns = [
        Column("Counter"), Column("In all", True), Column("Per 1,000 requests", True), Column("What it counts"),
    ]  # fmt: skip
    rows: list[list[Node]] = [
        [counter_title(row)[0], in_all(row, result), count(row.value), row.meaning] for row in result.counters
    ]
    return table("Counters", columns, rows, "counters")
