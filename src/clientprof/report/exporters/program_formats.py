"""The formats that a program's recording has: those of a trace that need neither call counts nor a control, and its own."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from clientprof.model.programs.export import ProgramExport
from clientprof.report.exporters.chrome_trace import to_chrome_trace_of_all
from clientprof.report.exporters.collapsed import to_collapsed
from clientprof.report.exporters.har import to_har_of_all
from clientprof.report.exporters.otlp.files import to_otlp, to_otlp_json
from clientprof.report.exporters.pprof import to_pprof
from clientprof.report.exporters.speedscope import to_speedscope
from clientprof.report.exporters.summaries.program_summary import to_program_summary
from clientprof.report.exporters.tables import csv_of, to_exchanges, to_functions, to_layers
from clientprof.report.programs.program_wording import asked


@dataclass(frozen=True, slots=True)
class ProgramFormat:
    """One format. ``sampled`` says that it writes samples, ``activity`` that it writes every exchange."""

    suffix: str
    write: Callable[[ProgramExport], bytes]
    sampled: bool = False
    activity: bool = False


def _summary(export: ProgramExport) -> bytes:
    return (json.dumps(to_program_summary(export.result), indent=1, allow_nan=False) + "\n").encode()


def to_program_phases(export: ProgramExport) -> bytes:
    """Phases by call site, client and peer, means per request seen whole; bounds where an edge lies inside a select."""
    head = (
        "file", "line", "function", "client", "peer", "phase", "wall_us", "cpu_us", "ready_us", "wait_us", "low_us",
        "high_us", "between_us", "requests",
    )  # fmt: skip
    return csv_of(
        head,
        (
            (
                site.file, site.line, site.function, site.client.name, asked(site), row.phase, row.wall_us,
                row.cpu_us, row.ready_us, row.wait_us, row.low_us, row.high_us, row.between_us,
                site.detailed,
            )
            for site in export.result.call_sites
            for row in site.phases
        ),
    )  # fmt: skip


PROGRAM_FORMATS: dict[str, ProgramFormat] = {
    "summary": ProgramFormat(".json", _summary),
    "speedscope": ProgramFormat(".speedscope.json", lambda export: to_speedscope(export.lanes), sampled=True),
    "collapsed": ProgramFormat(".collapsed.txt", lambda export: to_collapsed(export.lanes), sampled=True),
    "pprof": ProgramFormat(".pb.gz", lambda export: to_pprof(export.lanes), sampled=True),
    "chrome-trace": ProgramFormat(".trace.json", lambda export: to_chrome_trace_of_all(export.lanes), activity=True),
    "har": ProgramFormat(".har", lambda export: to_har_of_all(export.lanes), activity=True),
    "csv-layers": ProgramFormat(".layers.csv", lambda export: to_layers(export.lanes), sampled=True),
    "csv-functions": ProgramFormat(".functions.csv", lambda export: to_functions(export.lanes), sampled=True),
    "csv-phases": ProgramFormat(".phases.csv", to_program_phases),
    "csv-exchanges": ProgramFormat(".exchanges.csv", lambda export: to_exchanges(export.lanes), activity=True),
    "otlp": ProgramFormat(".otlp.pb", lambda export: to_otlp(export.lanes), activity=True),
    "otlp-json": ProgramFormat(".otlp.jsonl", lambda export: to_otlp_json(export.lanes), activity=True),
}
"""By the name that ``clientprof export --format`` takes; names are a subset of ``EXPORTERS``."""

REFUSED: dict[str, str] = {
    "callgrind": "calls are not counted in a program",
    "pstats": "calls are not counted in a program",
    "csv-off-cpu": "a program's waits are in csv-phases",
    "harness-lines": "it is for loads that clientprof makes itself",
}
"""Why the other formats make no sense for a program."""
