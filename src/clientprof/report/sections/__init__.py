"""The views of the page, in the order of reading. A new view is one file here and one row in ``SECTIONS``."""

from collections.abc import Callable
from dataclasses import dataclass

from clientprof.model.results import TraceResult
from clientprof.report.sections.answer import answer_section
from clientprof.report.sections.cold import cold_section
from clientprof.report.sections.counters import counters_section
from clientprof.report.sections.cross_check import cross_check_section
from clientprof.report.sections.environment import environment_section
from clientprof.report.sections.findings import findings_section
from clientprof.report.sections.flame import flame_section
from clientprof.report.sections.functions import functions_section
from clientprof.report.sections.layers import layers_section
from clientprof.report.sections.matrix import matrix_section
from clientprof.report.sections.method import method_section
from clientprof.report.sections.phases import phases_section
from clientprof.report.sections.waterfall import waterfall_section


@dataclass(frozen=True, slots=True)
class Section:
    """A view: heading, function (None where the result has nothing to show in it), and what it needs to be shown."""

    title: str
    render: Callable[[TraceResult], str | None]
    needs: str = ""


SECTIONS: dict[str, Section] = {
    "answer": Section("Answer", answer_section),
    "findings": Section("What to do", findings_section),
    "layers": Section("Layers side by side", layers_section, "the lens sample"),
    "functions": Section("Functions", functions_section, "the lens sample"),
    "flame": Section("Flame graphs", flame_section, "the lens sample"),
    "matrix": Section("Who kept whom waiting", matrix_section, "the lens ledger"),
    "phases": Section("Phases of a request", phases_section, "the lens ledger"),
    "waterfall": Section("Waterfall", waterfall_section, "the lens ledger"),
    "cold": Section("Cold round", cold_section, "a cold round"),
    "counters": Section("Counters", counters_section, "the lens count"),
    "cross_check": Section("Cross-check by pyinstrument", cross_check_section, "the lens pyinstrument"),
    "environment": Section("Environment and workload", environment_section),
    "method": Section("Method and limits", method_section),
}
