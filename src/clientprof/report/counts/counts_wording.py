"""Words for exact counts."""

from clientprof.model.counts.exact import CountsResult, ExactCounts
from clientprof.report.writing.figures import ABSENT, plural

MEANINGS = {
    "calls": "Python calls of the client and its libraries",
    "bytecodes": "instructions that these execute",
    "library_bytecodes": "instructions of the standard library on their behalf",
}
_NAMED = 3


def title_of(result: CountsResult) -> str:
    """The scenario and what counted it."""
    first = result.clients[0]
    pythons = " and ".join(dict.fromkeys(f"Python {client.python}" for client in result.clients))
    return f"Exact counts of {result.scenario}: {plural(first.requests, 'request')} in memory, {pythons}"


def inexact_sentence(client: ExactCounts) -> tuple[str, ...]:
    """What two processes did not agree on; nothing where they agreed."""
    if not client.inexact:
        return ()
    more = len(client.inexact) - _NAMED
    listed = ", ".join(client.inexact[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return (f"Not exact, because two processes did not agree on it: {listed}.",)


def short_ratio(value: float | None) -> str:
    """``1.010x``; ``same`` for exactly 1."""
    if value is None:
        return ABSENT
    return "same" if value == 1 else f"{value:.3f}x"
