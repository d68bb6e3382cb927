"""Collapsed stacks, one per line: what flamegraph.pl, speedscope, inferno and difffolded.pl read.

``frame;frame;frame 123``: outermost first, the weight in nanoseconds of CPU over all requests of the sample lens' rounds.
Equal lines (nodes that differ by layer only) are merged. A semicolon in a name becomes a colon, for the format cannot
hold it.
"""

from clientprof.model.export import Export
from clientprof.report.exporters.one_line import one_line
from clientprof.report.exporters.weighted_stacks import weighted_stacks


def to_collapsed(export: Export) -> bytes:
    """The first client's call tree."""
    profile = export.clients[0].client.profile
    assert profile is not None
    lines: dict[str, int] = {}
    for stack in weighted_stacks(profile):
        line = ";".join(one_line(node.location.name).replace(";", ":") for node in stack.nodes)
        lines[line] = lines.get(line, 0) + stack.cpu_ns
    return "".join(f"{line} {weight}\n" for line, weight in lines.items()).encode()
