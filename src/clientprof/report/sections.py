"""The views of the pages, in the order of reading. A new view is a file in its subject's folder and a row here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from clientprof.model.differences.comparison import ComparisonResult
from clientprof.model.differences.matrix import MatrixResult
from clientprof.model.experiments.staircase import Explanation
from clientprof.model.experiments.what_if import WhatIf
from clientprof.model.growth.series import GrowthResult
from clientprof.model.history import HistoryResult
from clientprof.model.programs.results import ProgramResult
from clientprof.model.results import TraceResult
from clientprof.report.context.environment_section import environment_section
from clientprof.report.context.findings_section import findings_section
from clientprof.report.context.method_section import method_section
from clientprof.report.costs.answer_section import answer_section
from clientprof.report.costs.cold_section import cold_section
from clientprof.report.costs.counters_section import counters_section
from clientprof.report.costs.cross_check_section import cross_check_section
from clientprof.report.costs.flame_section import flame_section
from clientprof.report.costs.functions_section import functions_section
from clientprof.report.costs.layers_section import layers_section
from clientprof.report.costs.memory_section import memory_section
from clientprof.report.costs.tls_section import tls_section
from clientprof.report.differences.code_section import code_section
from clientprof.report.differences.counter_differences_section import counter_differences_section
from clientprof.report.differences.flame_difference_section import flame_difference_section
from clientprof.report.differences.gap_section import gap_section
from clientprof.report.differences.story_section import story_section
from clientprof.report.differences.verdicts_section import comparison_method_section, verdicts_section
from clientprof.report.experiments.experiments_section import experiments_section
from clientprof.report.experiments.explanation_answer_section import explanation_answer_section
from clientprof.report.experiments.interactions_section import interactions_section
from clientprof.report.experiments.regimes_section import regimes_section
from clientprof.report.experiments.remedies_section import remedies_section
from clientprof.report.experiments.staircase_section import staircase_section
from clientprof.report.experiments.undone_section import undone_section
from clientprof.report.experiments.what_if_sections import (
    suspects_section,
    tried_section,
    untried_section,
    what_if_answer_section,
    what_if_environment_section,
    what_if_method_section,
)
from clientprof.report.failures.failures_section import failures_section
from clientprof.report.growth.aging_section import aging_section
from clientprof.report.growth.growth_method import growth_method_section
from clientprof.report.growth.growth_sections import (
    growth_answer_section,
    growth_costs_section,
    growth_suspects_section,
)
from clientprof.report.history.history_sections import (
    history_answer_section,
    history_machines_section,
    history_method_section,
    history_trends_section,
)
from clientprof.report.ledger.loop_time_section import loop_time_section
from clientprof.report.ledger.matrix_section import matrix_section
from clientprof.report.ledger.off_cpu_section import off_cpu_section
from clientprof.report.ledger.phases_section import phases_section
from clientprof.report.ledger.waterfall_section import waterfall_section
from clientprof.report.matrices.matrix_sections import (
    matrix_answer_section,
    matrix_environment_section,
    matrix_hosts_section,
    matrix_method_section,
    matrix_table_section,
)
from clientprof.report.programs.call_sites_section import call_sites_section, program_phases_section
from clientprof.report.programs.connections_section import held_section, settings_section, timeouts_section
from clientprof.report.programs.gates_section import gates_section
from clientprof.report.programs.loop_holders_section import loop_holders_section
from clientprof.report.programs.program_answer import program_answer_section, program_findings_section
from clientprof.report.programs.program_context import (
    processes_section,
    program_environment_section,
    program_method_section,
)
from clientprof.report.programs.program_costs import program_counters_section, program_flame_section
from clientprof.report.programs.thread_times_section import thread_times_section
from clientprof.report.programs.uptime_section import uptime_section

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Section(Generic[R]):
    """A view: heading, function (None where the result has nothing to show in it), and what it needs to be shown."""

    title: str
    render: Callable[[R], str | None]
    needs: str = ""


SECTIONS: dict[str, Section[TraceResult]] = {
    "story": Section("Scenario", story_section, "a named scenario"),
    "answer": Section("Answer", answer_section),
    "layers": Section("Layers side by side", layers_section, "the lens sample"),
    "findings": Section("What to do", findings_section),
    "functions": Section("Functions", functions_section, "the lens sample"),
    "flame": Section("Flame graphs", flame_section, "the lens sample"),
    "failures": Section("Failed requests", failures_section, "a request that failed under the lens ledger"),
    "matrix": Section("Who kept whom waiting", matrix_section, "the lens ledger and an event loop"),
    "phases": Section("Phases of a request", phases_section, "the lens ledger"),
    "off_cpu": Section("Time without computing", off_cpu_section, "the lens ledger and asyncio's event loop"),
    "waterfall": Section("Waterfall", waterfall_section, "the lens ledger"),
    "loop_time": Section("The loop over time", loop_time_section, "the lens ledger"),
    "cold": Section("Cold round", cold_section, "a cold round"),
    "tls": Section("TLS, part by part", tls_section, "a TLS handshake under the lens ledger"),
    "aging": Section("Over the client's age", aging_section, "a process that makes many rounds"),
    "memory": Section("Memory", memory_section, "the lens memory"),
    "counters": Section("Counters", counters_section, "the lens count"),
    "cross_check": Section(
        "Cross-check by other profilers", cross_check_section, "the lens pyinstrument or tachyon, and an event loop"
    ),
    "environment": Section("Environment and workload", environment_section),
    "method": Section("Method and limits", method_section),
}


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

GROWTH_SECTIONS: dict[str, Section[GrowthResult]] = {
    "answer": Section("Answer", growth_answer_section),
    "suspects": Section("Scaling suspects", growth_suspects_section, "the lens sample at three n or more"),
    "costs": Section("Costs by layer and function", growth_costs_section, "the lens sample"),
    "method": Section("Method and limits", growth_method_section),
}


def _of_explained(section: Callable[[TraceResult], str | None]) -> Callable[[Explanation], str | None]:
    """A trace's view, of the clients that an explanation measured before it changed anything."""
    return lambda explanation: section(explanation.measured)


HISTORY_SECTIONS: dict[str, Section[HistoryResult]] = {
    "answer": Section("Answer", history_answer_section),
    "trends": Section("Trends", history_trends_section, "the same load at two positions on one machine"),
    "machines": Section("Machines", history_machines_section),
    "method": Section("Method and limits", history_method_section),
}

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

PROGRAM_SECTIONS: dict[str, Section[ProgramResult]] = {
    "answer": Section("Answer", program_answer_section),
    "findings": Section("What to do", program_findings_section),
    "sites": Section("Requests by call site", call_sites_section, "a request of a client that is known here"),
    "phases": Section(
        "Phases of a request", program_phases_section, "a request that began and ended while it was recorded"
    ),
    "holders": Section("Who held the loop", loop_holders_section, "an event loop"),
    "threads": Section(
        "Threads outside of calls", thread_times_section, "a thread that called a client and did something else too"
    ),
    "gates": Section(
        "Tasks that wait for each other", gates_section, "a task that waits for a lock or a semaphore of the program"
    ),
    "held": Section("Who holds connections", held_section, "a client with a pool that is known here"),
    "timeouts": Section("Timeouts", timeouts_section, "a timeout"),
    "uptime": Section("Over the program's age", uptime_section, "ten seconds or more"),
    "flame": Section("Flame graphs", program_flame_section, "samples"),
    "counters": Section("Counters", program_counters_section, "a request that ended"),
    "settings": Section("Settings found", settings_section, "a client object that was built while it was measured"),
    "processes": Section("Processes", processes_section),
    "environment": Section("Environment", program_environment_section),
    "method": Section("Method and limits", program_method_section),
}

WHAT_IF_SECTIONS: dict[str, Section[WhatIf]] = {
    "answer": Section("Answer", what_if_answer_section),
    "tried": Section("Each alone, and together", tried_section, "a block of runs"),
    "suspects": Section("The changes", suspects_section, "a suspect that could be tried"),
    "undone": Section("What could not be tried", untried_section, "a suspect that failed"),
    "environment": Section("Environment and workload", what_if_environment_section),
    "method": Section("Method and limits", what_if_method_section),
}

MATRIX_SECTIONS: dict[str, Section[MatrixResult]] = {
    "answer": Section("Answer", matrix_answer_section),
    "cells": Section("All cells", matrix_table_section),
    "hosts": Section("Hosts", matrix_hosts_section, "the option --cluster"),
    "environment": Section("Environment and loads", matrix_environment_section),
    "method": Section("Method and limits", matrix_method_section),
}
