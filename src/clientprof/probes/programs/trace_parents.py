"""The span of the program's own tracing (OpenTelemetry) that runs when an exchange begins, so that exported spans join it.

Asked of the API that the program has imported itself: no header is read, nothing is imported, and what is kept are the two
random numbers of the W3C's trace context, never an attribute of the span.
"""

import sys

from clientprof.probes.failures import Failures
from clientprof.probes.programs.lanes import Rows

_API = "opentelemetry.trace"
_WORD = 1 << 64
# The bit of the trace flags that says that the span is kept: a child of one that is not would have no parent anywhere.
_SAMPLED = 1


class TraceParents:
    """Writes down the running span; a program that does not trace pays for one look into a dict."""

    def __init__(self, failures: Failures) -> None:
        self._failures = failures
        self._asks = True

    def write(self, rows: Rows, exchange: int) -> None:
        """A row of the exchange's number, the trace's high and low 64 bits and the span's, signed; none outside of spans
        that are kept."""
        if not self._asks or (api := sys.modules.get(_API)) is None:
            return
        # Another thread may be importing it just now.
        current = getattr(api, "get_current_span", None)
        if current is None:
            return
        try:
            context = current().get_span_context()
            if context.is_valid and context.trace_flags & _SAMPLED:
                high, low = divmod(context.trace_id, _WORD)
                rows.add((exchange, _signed(high), _signed(low), _signed(context.span_id)))
        except Exception as error:
            self._asks = False
            self._failures.remove("spans of the program's own tracing", error)


def _signed(word: int) -> int:
    return word - _WORD if word >= _WORD >> 1 else word
