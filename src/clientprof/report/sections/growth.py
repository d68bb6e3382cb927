"""The views of the page of a sweep."""

from clientprof.model.growth.series import GrowthResult
from clientprof.report.growth.growth_method import growth_method_section
from clientprof.report.growth.growth_sections import (
    growth_answer_section,
    growth_costs_section,
    growth_suspects_section,
)
from clientprof.report.sections import Section

GROWTH_SECTIONS: dict[str, Section[GrowthResult]] = {
    "answer": Section("Answer", growth_answer_section),
    "suspects": Section("Scaling suspects", growth_suspects_section, "the lens sample at three n or more"),
    "costs": Section("Costs by layer and function", growth_costs_section, "the lens sample"),
    "method": Section("Method and limits", growth_method_section),
}
