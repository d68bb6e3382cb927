"""Spans to an OTLP endpoint by OpenTelemetry's own exporter (http/protobuf).

It retries, and reads its usual settings from the environment: ``OTEL_EXPORTER_OTLP_HEADERS``,
``OTEL_EXPORTER_OTLP_TIMEOUT``, ``OTEL_EXPORTER_OTLP_CERTIFICATE``.
"""

import logging
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from clientprof.model.export import Export
from clientprof.report.exporters.one_line import one_line
from clientprof.report.exporters.otlp.files import batches_of

_TRACES = "/v1/traces"
_LOGGER = "opentelemetry.exporter.otlp"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How many spans the endpoint took; ``problem`` says why it did not take the rest, None where it took all."""

    delivered: int
    problem: str | None


def traces_url(endpoint: str) -> str:
    """The URL that spans are posted to; a collector's base URL gets the path of traces.

    Raises:
        ValueError: it is no URL of http or https with a host.
    """
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(f"{endpoint!r} is no http or https URL, such as http://localhost:4318")
    return urlunsplit(parts._replace(path=_TRACES)) if parts.path in ("", "/") else endpoint


def send(export: Export, url: str) -> Delivery:
    """Sends all spans; after the first batch that is not taken, no further one."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import SpanExportResult

    said = _Said()
    logger = logging.getLogger(_LOGGER)
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(said)
    exporter = OTLPSpanExporter(endpoint=url)
    delivered = 0
    try:
        for batch in batches_of(export):
            if exporter.export(batch) is not SpanExportResult.SUCCESS:
                return Delivery(delivered, said.reason)
            delivered += len(batch)
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call,unused-ignore]  # unused where the library is not installed
        logger.removeHandler(said)
        logger.propagate = propagates
    return Delivery(delivered, None)


class _Said(logging.Handler):
    """Keeps why the exporter failed, which it logs and does not return. The first record says why."""

    def __init__(self) -> None:
        super().__init__()
        self.reason = "it gave no reason"
        self._heard = False

    def emit(self, record: logging.LogRecord) -> None:
        if self._heard:
            return
        self._heard = True
        arguments = record.args if isinstance(record.args, tuple) else ()
        errors = [argument for argument in arguments if isinstance(argument, BaseException)]
        self.reason = one_line(_innermost(errors[0]) if errors else record.getMessage().rstrip("."))


def _innermost(error: BaseException) -> str:
    """What the system said, below the layers of the sender's client."""
    while (below := error.__cause__ or error.__context__) is not None:
        error = below
    said = error.strerror if isinstance(error, OSError) else None
    return said or str(error) or type(error).__name__
