"""The views of the page of an explanation."""

from collections.abc import Callable

from clientprof.model.experiments.staircase import Explanation
from clientprof.model.results import TraceResult
from clientprof.report.context.environment_section import environment_section
from clientprof.report.context.method_section import method_section
from clientprof.report.costs.counters_section import counters_section
from clientprof.report.costs.flame_section import flame_section
from clientprof.report.costs.functions_section import functions_section
from clientprof.report.costs.layers_section import layers_section
from clientprof.report.experiments.experiments_section import experiments_section
from clientprof.report.experiments.explanation_answer_section import explanation_answer_section
from clientprof.report.experiments.interactions_section import interactions_section
from clientprof.report.experiments.regimes_section import regimes_section
from clientprof.report.experiments.remedies_section import remedies_section
from clientprof.report.experiments.staircase_section import staircase_section
from clientprof.report.experiments.undone_section import undone_section
from clientprof.report.sections import Section


def _of_explained(section: Callable[[TraceResult], str | None]) -> Callable[[Explanation], str | None]:
    """A trace's view, of the clients that an explanation measured before it changed anything."""
    return lambda explanation: section(explanation.measured)


EXPLANATION_SECTIONS: dict[str, Section[Explanation]] = {
    "answer": Section("Answer", explanation_answer_section),
    "staircase": Section("Staircase", staircase_section, "steps that were measured together"),
    "remedies": Section("What to do", remedies_section, "experiments"),
    "experiments": Section("Prediction against measurement", experiments_section),
    "interactions": Section("Interactions", interactions_section, "experiments"),
    "regimes": Section("Under other loads", regimes_section, "the option --regimes"),
    "undone": Section("What was not tried", undone_section),
    "layers": Section("Layers side by side", _of_explained(layers_section), "the lens sample"),
    "functions": Section("Functions", _of_explained(functions_section), "the lens sample"),
    "flame": Section("Flame graphs", _of_explained(flame_section), "the lens sample"),
    "counters": Section("Counters", _of_explained(counters_section), "the lens count"),
    "environment": Section("Environment and workload", _of_explained(environment_section)),
    "method": Section("Method and limits", _of_explained(method_section)),
}
