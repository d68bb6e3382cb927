"""Machine-readable forms of a result. A new one is one file here and one row in ``EXPORTERS``."""

from collections.abc import Callable

from clientprof.model.results import TraceResult
from clientprof.report.exporters.summary import to_summary

EXPORTERS: dict[str, Callable[[TraceResult], dict[str, object]]] = {"summary": to_summary}
