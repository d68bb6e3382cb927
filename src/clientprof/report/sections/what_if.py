"""The views of the page of changes that were tried on a program."""

from clientprof.model.experiments.what_if import WhatIf
from clientprof.report.experiments.what_if_sections import (
    suspects_section,
    tried_section,
    untried_section,
    what_if_answer_section,
    what_if_environment_section,
    what_if_method_section,
)
from clientprof.report.sections import Section

WHAT_IF_SECTIONS: dict[str, Section[WhatIf]] = {
    "answer": Section("Answer", what_if_answer_section),
    "tried": Section("Each alone, and together", tried_section, "a block of runs"),
    "suspects": Section("The changes", suspects_section, "a suspect that could be tried"),
    "undone": Section("What could not be tried", untried_section, "a suspect that failed"),
    "environment": Section("Environment and workload", what_if_environment_section),
    "method": Section("Method and limits", what_if_method_section),
}
