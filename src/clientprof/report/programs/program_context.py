"""Around a program's figures: its processes, what was installed, and what the figures are and are not."""

from clientprof.model.layers import LAYER_MEANING, Layer
from clientprof.model.phases import PHASE_MEANING
from clientprof.model.programs.results import ProgramResult
from clientprof.model.results import Setting
from clientprof.report.context.environment_section import setting_groups, settings_block
from clientprof.report.programs.program_wording import METHOD, process_text, thinned_sentence
from clientprof.report.writing.figures import ABSENT, percent
from clientprof.report.writing.markup import Column, Html, Node, details, join, prose, table, tag
from clientprof.report.writing.page_parts import chip

_AT_MOST = 200


def processes_section(result: ProgramResult) -> Html | None:
    """All processes of the program in the order in which they began."""
    if not result.processes:
        return None
    columns = [Column("Process"), Column("Started by"), Column("How"), Column("Python"), Column("Lived", True, "s"),
               Column("End")]  # fmt: skip
    rows: list[list[Node]] = []
    for number, process in enumerate(result.processes[:_AT_MOST]):
        parent = ABSENT if process.parent is None else f"process {process.parent}"
        lived = f"{(process.ended_ns - process.started_ns) / 1e9:,.1f}"
        name = join((f"{number}: ", tag("code", process.name)))
        rows.append([name, parent, process.kind, process.python, lived, process_text(process)])
    return table("Processes", columns, rows, "described")


def program_environment_section(result: ProgramResult) -> Html:
    """Command, machine and packages."""
    run = (
        Setting("Run", "command", result.title),
        Setting("Run", "seed", str(result.seed)),
        Setting("Run", "created", result.created),
        *result.environment,
    )
    blocks = setting_groups(run)
    if result.packages:
        blocks.append(settings_block("Packages of the program", sorted(result.packages.items())))
    return tag("div", join(blocks), class_="settings")


def program_method_section(result: ProgramResult) -> Html:
    """A few sentences, and the words of the tables."""
    lines = list(METHOD)
    if (thinned := thinned_sentence(result)) is not None:
        lines.append(thinned)
    if result.unattributed_share is not None:
        lines.append(f"Unattributed: {percent(result.unattributed_share)} of the requests' wall time.")
    listed = tag("ul", join(tag("li", prose(line)) for line in lines))
    layers = join(join((tag("dt", chip("layer", layer)), tag("dd", LAYER_MEANING[layer]))) for layer in Layer)
    phases = join(join((tag("dt", chip("phase", phase)), tag("dd", text))) for phase, text in PHASE_MEANING.items())
    return join(
        (
            listed,
            details("Layers: what the names mean", tag("dl", layers, class_="glossary")),
            details("Phases: what the names mean", tag("dl", phases, class_="glossary")),
        )
    )
