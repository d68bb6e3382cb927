"""The views of the page of a program."""

from clientprof.model.programs.results import ProgramResult
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
from clientprof.report.sections import Section

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
        "What waits outside of requests",
        gates_section,
        "a task or a thread that waits for a lock or a semaphore of the program",
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
