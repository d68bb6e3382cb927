"""Forms of a result for other programs and places. A new one is one file here and one row in the exporters of its result.

``EXPORTERS`` are of a trace, for ``clientprof export``; ``COMPARISON_TEXTS`` give text of a comparison.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from clientprof.model.differences.comparison import ComparisonResult
from clientprof.model.export import Export
from clientprof.report.exporters.callgrind import to_callgrind
from clientprof.report.exporters.chrome_trace import to_chrome_trace
from clientprof.report.exporters.collapsed import to_collapsed
from clientprof.report.exporters.har import to_har
from clientprof.report.exporters.harness_lines import to_harness_lines
from clientprof.report.exporters.markdown import to_markdown
from clientprof.report.exporters.otlp.files import to_otlp, to_otlp_json
from clientprof.report.exporters.pprof import to_pprof
from clientprof.report.exporters.pstats import to_pstats
from clientprof.report.exporters.speedscope import to_speedscope
from clientprof.report.exporters.summaries.summary import to_summary
from clientprof.report.exporters.tables import to_exchanges, to_functions, to_layers, to_off_cpu, to_phases


class Needs(StrEnum):
    """The part of a client's export that a format cannot do without."""

    RESULT = "result"
    CONTROL = "control"
    PROFILE = "profile"
    LEDGER = "ledger"
    ACTIVITY = "activity"
    CALL_GRAPH = "call graph"


@dataclass(frozen=True, slots=True)
class Exporter:
    """One format. ``several`` says whether a file holds more than one client; the others get exactly one."""

    what: str
    suffix: str
    needs: Needs
    several: bool
    write: Callable[[Export], bytes]


def _summary(export: Export) -> bytes:
    return (json.dumps(to_summary(export.result), indent=1, allow_nan=False) + "\n").encode()


def _harness_lines(export: Export) -> bytes:
    return to_harness_lines(export.result).encode()


EXPORTERS: dict[str, Exporter] = {
    "summary": Exporter("summary.json of the clients", ".json", Needs.RESULT, True, _summary),
    "speedscope": Exporter(
        "flame graphs for speedscope.app, CPU per request", ".speedscope.json", Needs.PROFILE, True, to_speedscope
    ),
    "collapsed": Exporter(
        "stacks and nanoseconds for flamegraph.pl and inferno", ".collapsed.txt", Needs.PROFILE, False, to_collapsed
    ),
    "pprof": Exporter("gzipped protobuf for go tool pprof", ".pb.gz", Needs.PROFILE, False, to_pprof),
    "chrome-trace": Exporter(
        "requests, connections, event loop for ui.perfetto.dev", ".trace.json", Needs.ACTIVITY, False, to_chrome_trace
    ),
    "har": Exporter("HTTP archive 1.2 with every request's timings", ".har", Needs.ACTIVITY, False, to_har),
    "callgrind": Exporter(
        "calls and CPU of a round for KCachegrind", ".callgrind.out", Needs.CALL_GRAPH, False, to_callgrind
    ),
    "pstats": Exporter("calls and CPU of a round for pstats, snakeviz", ".pstats", Needs.CALL_GRAPH, False, to_pstats),
    "csv-layers": Exporter("CPU by layer", ".layers.csv", Needs.PROFILE, True, to_layers),
    "csv-functions": Exporter("the most expensive functions", ".functions.csv", Needs.PROFILE, True, to_functions),
    "csv-phases": Exporter("phases and states, means per request", ".phases.csv", Needs.LEDGER, True, to_phases),
    "csv-off-cpu": Exporter("time without computing", ".off-cpu.csv", Needs.LEDGER, True, to_off_cpu),
    "csv-exchanges": Exporter(
        "every phase of every request", ".exchanges.csv", Needs.ACTIVITY, True, to_exchanges
    ),
    "otlp": Exporter("OpenTelemetry spans, protobuf; --endpoint sends them", ".otlp.pb", Needs.ACTIVITY, True, to_otlp),
    "otlp-json": Exporter(
        "the same as JSON lines of a collector's file", ".otlp.jsonl", Needs.ACTIVITY, True, to_otlp_json
    ),
    "harness-lines": Exporter(
        "JSON lines as httpx2's benchmark harness has them", ".jsonl", Needs.CONTROL, True, _harness_lines
    ),
}  # fmt: skip
"""By the name that ``clientprof export --format`` takes."""

COMPARISON_TEXTS: dict[str, Callable[[ComparisonResult], str]] = {
    "markdown": to_markdown,
    "harness-lines": lambda result: to_harness_lines(result.measured),
}
