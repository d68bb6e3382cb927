"""The views of the page of a trace."""

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
from clientprof.report.differences.story_section import story_section
from clientprof.report.failures.failures_section import failures_section
from clientprof.report.growth.aging_section import aging_section
from clientprof.report.ledger.loop_time_section import loop_time_section
from clientprof.report.ledger.matrix_section import matrix_section
from clientprof.report.ledger.off_cpu_section import off_cpu_section
from clientprof.report.ledger.phases_section import phases_section
from clientprof.report.ledger.waterfall_section import waterfall_section
from clientprof.report.sections import Section

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
