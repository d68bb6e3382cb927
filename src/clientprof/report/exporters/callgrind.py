"""Callgrind's profile format (https://valgrind.org/docs/manual/cl-format.html): for KCachegrind, QCachegrind, gprof2dot.

Of one round, two events: ``Calls``, exact, by the count lens, and ``Cpu_ns``, by the sample lens. The inclusive ``Calls`` of
a call are the calls alone, not what was called below it: the count lens keeps edges, not paths.
"""

from clientprof.model.export import CalledFunction, Export
from clientprof.report.exporters.one_line import one_line


def to_callgrind(export: Export) -> bytes:
    """The first client's call graph."""
    client, graph = export.clients[0].client, export.clients[0].call_graph
    assert graph is not None
    below: dict[int, list[int]] = {}
    for number, call in enumerate(graph.calls):
        below.setdefault(call.caller, []).append(number)
    lines = [
        "# callgrind format",
        "version: 1",
        "creator: clientprof",
        f"cmd: {one_line(client.title)}, {graph.requests} requests",
        "positions: line",
        "event: Calls : calls of functions (count lens)",
        "event: Cpu_ns : CPU in nanoseconds (sample lens)",
        "events: Calls Cpu_ns",
    ]
    files, functions = _Names(), _Names()
    for number, function in enumerate(graph.functions):
        lines += [
            "",
            f"fl={_file(files, function)}",
            f"fn={functions.say(number, function.function)}",
            f"{function.line} {function.calls} {_ns(function.self_us)}",
        ]
        for place in below.get(number, ()):
            call = graph.calls[place]
            callee = graph.functions[call.callee]
            lines += [
                f"cfi={_file(files, callee)}",
                f"cfn={functions.say(call.callee, callee.function)}",
                f"calls={call.calls} {callee.line}",
                f"{function.line} {call.calls} {_ns(call.total_us)}",
            ]
    calls = sum(function.calls for function in graph.functions)
    lines += ["", f"totals: {calls} {sum(_ns(function.self_us) for function in graph.functions)}", ""]
    return "\n".join(lines).encode()


class _Names:
    """The format's short names: ``(number) name`` where it is first said, ``(number)`` from then on; readers insist."""

    def __init__(self) -> None:
        self._said: dict[int | str, int] = {}

    def say(self, key: int | str, name: str) -> str:
        if key in self._said:
            return f"({self._said[key]})"
        self._said[key] = len(self._said) + 1
        return f"({self._said[key]}) {one_line(name)}"


def _file(files: _Names, function: CalledFunction) -> str:
    return files.say(function.file, function.file or "???")


def _ns(us: float) -> int:
    return round(us * 1000)
