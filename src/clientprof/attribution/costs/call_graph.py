"""The call graph of one round: calls by the count lens beside CPU by the sample lens, matched by file and first line."""

from collections.abc import Sequence

from clientprof.model.export import Call, CalledFunction, CallGraph
from clientprof.model.run import CallCount, CallEdge
from clientprof.model.samples import CallNode, Profile

_Place = tuple[str, int, str]


def call_graph(
    counts: Sequence[CallCount], edges: Sequence[CallEdge], profile: Profile | None, requests: int
) -> CallGraph | None:
    """Functions and calls of a round of ``requests`` requests; None where neither lens ran.

    Recursion is counted once: a function's and a call's CPU are of their outermost frames on each stack. The sampled tree
    adds calls of its own where the counted one has none (through comprehensions, and into the standard library where only
    the client's own calls were counted).
    """
    if not counts and profile is None:
        return None
    places: dict[_Place, int] = {}
    rows: list[list[float]] = []  # calls, self, total
    names: list[str] = []

    def place(file: str, line: int, function: str) -> int:
        # yappi spells functions differently; where a line is known all agree on it.
        key = (file, line, "" if line else function)
        if key not in places:
            places[key] = len(rows)
            rows.append([0, 0.0, 0.0])
            names.append(function)
        return places[key]

    recorded = [place(count.file, count.line, count.function) for count in counts]
    for number, count in zip(recorded, counts, strict=True):
        rows[number][0] += count.calls
    calls: dict[tuple[int, int], list[float]] = {}
    for edge in edges:
        row = calls.setdefault((recorded[edge.caller], recorded[edge.callee]), [0, 0.0])
        row[0] += edge.calls

    pending: list[tuple[CallNode, tuple[int, ...], frozenset[tuple[int, int]]]] = []
    if profile is not None:
        pending.append((profile.root, (), frozenset()))
    while pending:
        node, above, crossed = pending.pop()
        location = node.location
        number = place(location.file, location.line, location.function)
        rows[number][1] += node.self_us * requests
        if number not in above:
            rows[number][2] += node.total_us * requests
        if above:
            step = (above[-1], number)
            row = calls.setdefault(step, [0, 0.0])
            if step not in crossed:
                row[1] += node.total_us * requests
                crossed = crossed | {step}
        pending.extend((child, (*above, number), crossed) for child in node.children)
    keys = list(places)
    return CallGraph(
        requests=requests,
        functions=tuple(
            CalledFunction(keys[n][0], keys[n][1], names[n], int(count), own, total)
            for n, (count, own, total) in enumerate(rows)
        ),
        calls=tuple(Call(caller, callee, int(count), total) for (caller, callee), (count, total) in calls.items()),
    )
