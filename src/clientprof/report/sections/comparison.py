"""The views of the page of a comparison."""

from collections.abc import Callable

from clientprof.model.differences.comparison import ComparisonResult
from clientprof.model.results import TraceResult
from clientprof.report.context.environment_section import environment_section
from clientprof.report.costs.layers_section import layers_section
from clientprof.report.costs.memory_section import memory_section
from clientprof.report.differences.code_section import code_section
from clientprof.report.differences.counter_differences_section import counter_differences_section
from clientprof.report.differences.flame_difference_section import flame_difference_section
from clientprof.report.differences.gap_section import gap_section
from clientprof.report.differences.verdicts_section import comparison_method_section, verdicts_section
from clientprof.report.sections import Section


def _of_measured(section: Callable[[TraceResult], str | None]) -> Callable[[ComparisonResult], str | None]:
    """A trace's view, of the arms of a comparison."""
    return lambda result: section(result.measured)


COMPARISON_SECTIONS: dict[str, Section[ComparisonResult]] = {
    "answer": Section("Verdict", verdicts_section),
    "gap": Section("The gap explained", gap_section, "the lens sample in both arms"),
    "code": Section("Changed code", code_section, "two versions of one client whose code differs"),
    "difference": Section("Differential flame graph", flame_difference_section, "the lens sample in both arms"),
    "counters": Section("Counters side by side", counter_differences_section, "the lens count"),
    "layers": Section("Layers of each arm", _of_measured(layers_section), "the lens sample"),
    "memory": Section("Memory", lambda result: memory_section(result.measured, result.baseline), "the option --memory"),
    "environment": Section("Environment and workload", _of_measured(environment_section)),
    "method": Section("Method and limits", comparison_method_section),
}
