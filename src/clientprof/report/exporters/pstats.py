"""The standard library's pstats file (a marshalled dict, see ``pstats.Stats.load_stats``): for snakeviz, gprof2dot, pstats.

Of one round: calls and callers are the count lens', times the sample lens' CPU in seconds. A function that was sampled but
not counted has 0 calls, one that was counted but never sampled 0 seconds. Recursive calls are not told from others.
"""

import marshal

from clientprof.model.export import Export
from clientprof.report.exporters.one_line import one_line

Row = tuple[int, int, float, float]
Function = tuple[str, int, str]


def to_pstats(export: Export) -> bytes:
    """The first client's call graph."""
    graph = export.clients[0].call_graph
    assert graph is not None
    keys: list[Function] = [(one_line(f.file) or "~", f.line, one_line(f.function)) for f in graph.functions]
    callers: list[dict[Function, Row]] = [{} for _ in keys]
    for call in graph.calls:
        callers[call.callee][keys[call.caller]] = (call.calls, call.calls, 0.0, call.total_us / 1e6)
    stats = {
        key: (f.calls, f.calls, f.self_us / 1e6, f.total_us / 1e6, callers[number])
        for number, (key, f) in enumerate(zip(keys, graph.functions, strict=True))
    }
    return marshal.dumps(stats, 4)  # version 4 is read by every supported Python
