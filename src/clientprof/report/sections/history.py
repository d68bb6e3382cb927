"""The views of the page of a history."""

from clientprof.model.history import HistoryResult
from clientprof.report.history.history_sections import (
    history_answer_section,
    history_machines_section,
    history_method_section,
    history_trends_section,
)
from clientprof.report.sections import Section

HISTORY_SECTIONS: dict[str, Section[HistoryResult]] = {
    "answer": Section("Answer", history_answer_section),
    "trends": Section("Trends", history_trends_section, "the same load at two positions on one machine"),
    "machines": Section("Machines", history_machines_section),
    "method": Section("Method and limits", history_method_section),
}
