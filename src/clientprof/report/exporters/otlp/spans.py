"""Exchanges as OpenTelemetry spans with their phases as child spans.

Attributes are the semantic conventions' for HTTP clients (https://opentelemetry.io/docs/specs/semconv/http/http-spans/), in
the release that the installed library knows last; ``clientprof.*`` are ours. ``url.full`` is left out: it holds path and
query. Methods of a program's requests are not recorded: ``_OTHER``, as the conventions want it, in spans called ``HTTP``.

Ids are hashes of the recording and the exchange: the same recording gives the same spans, however often it is sent. An
exchange that began inside a span of the program's own is a child of that. Its kind is then INTERNAL: the program's own
instrumentation has a client span for the same request, and whoever counts requests by client spans must not count it twice.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import clientprof
from clientprof.model.export import Activity, ClientExport, ExchangeActivity, Export, PhaseTime
from clientprof.report.exporters.load_facts import LoadFacts, load_facts
from clientprof.report.exporters.one_line import one_line

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext

_SITE = re.compile(r"(.*):(\d+) (.*)")

Attributes = dict[str, str | int]


def spans_of(export: Export) -> "Iterator[ReadableSpan]":
    """The spans of all clients, or of all loops of a program; each exchange is followed by its phases.

    Raises:
        ModuleNotFoundError: OpenTelemetry's SDK is not installed.
    """
    for entry in export.clients:
        if entry.activity is not None:
            yield from _ClientSpans(export, entry, entry.activity).all()


class _ClientSpans:
    """What all spans of one client have in common."""

    def __init__(self, export: Export, entry: ClientExport, activity: Activity) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope
        from opentelemetry.semconv.schemas import Schemas

        self._activity = activity
        self._began_ns = export.began_ns(activity)
        self._load = load_facts(export.result)
        self._seed = f"{export.result.created}\0{export.result.seed}\0{entry.client.name}"
        # Of a program each loop, and all threads without one, stand in a client's place.
        program = entry.client.lenses == ("program",)
        self._name = one_line(entry.client.name.partition(",")[0] if program else entry.client.title)
        self._told: Attributes = {f"clientprof.{'lane' if program else 'client'}": one_line(entry.client.title)}
        self._schema = list(Schemas)[-1].value
        self._scope = InstrumentationScope("clientprof", clientprof.__version__, self._schema)
        self._resource = Resource.create(self._service(), self._schema)

    def _service(self) -> dict[str, str]:
        """The service is the program or the client, unless the user names one as OpenTelemetry's programs are told."""
        instance = {"service.instance.id": hashlib.sha256(self._seed.encode(errors="surrogatepass")).hexdigest()[:32]}
        told = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
        return instance if told else {"service.name": self._name, **instance}

    def all(self) -> "Iterator[ReadableSpan]":
        for exchange in self._activity.exchanges:
            yield from self._of(exchange)

    def _of(self, exchange: ExchangeActivity) -> "Iterator[ReadableSpan]":
        from opentelemetry.trace import SpanKind, Status, StatusCode

        joined = exchange.parent
        trace_id = self._id(exchange, "trace", 16) if joined is None else joined.trace_id
        context = _context(trace_id, self._id(exchange, "exchange", 8))
        attributes = self._attributes(exchange)
        yield self._span(
            attributes["http.request.method"] if self._known(exchange) else "HTTP",
            context,
            None if joined is None else _context(joined.trace_id, joined.span_id, remote=True),
            exchange.started_ns,
            exchange.ended_ns,
            attributes,
            SpanKind.CLIENT if joined is None else SpanKind.INTERNAL,
            Status(StatusCode.ERROR) if "error.type" in attributes else Status(),
        )
        for number, part in enumerate(exchange.phases):
            child = _context(trace_id, self._id(exchange, f"{number} {part.phase}", 8))
            yield self._span(
                part.phase.value, child, context, part.started_ns, part.ended_ns, _of_phase(part),
                SpanKind.INTERNAL, Status(),
            )  # fmt: skip

    def _span(self, name: object, context: object, parent: object, start: int, end: int, attributes: Attributes,
              kind: object, status: object) -> "ReadableSpan":  # fmt: skip
        from opentelemetry.sdk.trace import ReadableSpan

        return ReadableSpan(
            name=str(name),
            context=context,  # type: ignore[arg-type,unused-ignore]  # unused where the library is not installed
            parent=parent,  # type: ignore[arg-type,unused-ignore]
            resource=self._resource,
            attributes=attributes,
            kind=kind,  # type: ignore[arg-type,unused-ignore]
            status=status,  # type: ignore[arg-type,unused-ignore]
            start_time=self._began_ns + start,
            end_time=self._began_ns + end,
            instrumentation_scope=self._scope,
        )

    def _id(self, exchange: ExchangeActivity, what: str, size: int) -> int:
        text = f"{self._seed}\0{exchange.number}\0{what}".encode(errors="surrogatepass")
        return int.from_bytes(hashlib.sha256(text).digest()[:size], "big") or 1

    def _known(self, exchange: ExchangeActivity) -> bool:
        """Whether its method is known: of our own loads, not of a program's calls."""
        return not exchange.address and not exchange.site

    def _attributes(self, exchange: ExchangeActivity) -> Attributes:
        found: Attributes = {**self._told, "clientprof.exchange": exchange.number}
        if self._known(exchange):
            found |= _of_load(self._load)
        else:
            found |= _of_call(exchange)
        if exchange.connection is not None:
            found["clientprof.connection"] = exchange.connection
        if exchange.body_bytes >= 0 and exchange.status is not None:
            found["http.response.body.size"] = exchange.body_bytes
        if exchange.status is not None:
            found["http.response.status_code"] = exchange.status
            if exchange.status >= 400:
                found["error.type"] = str(exchange.status)
        if exchange.error is not None:
            found["error.type"] = one_line(exchange.error)
        return found


def _of_load(load: LoadFacts) -> Attributes:
    found: Attributes = {
        "http.request.method": load.method,
        "url.scheme": load.scheme,
        "network.protocol.name": "http",
        "network.protocol.version": load.http_version,
    }
    return found | {"server.address": "localhost"} if load.local else found


def _of_call(exchange: ExchangeActivity) -> Attributes:
    """Whom a program called, and from which line."""
    found: Attributes = {"http.request.method": "_OTHER"}
    peer = urlsplit(exchange.address)
    if peer.hostname:
        found |= {"url.scheme": one_line(peer.scheme), "server.address": one_line(peer.hostname)}
        if peer.port:
            found["server.port"] = peer.port
    site = _SITE.fullmatch(exchange.site)
    if site is not None:
        found |= {"code.file.path": one_line(site[1]), "code.line.number": int(site[2])}
        found["code.function.name"] = one_line(site[3])
    return found


def _of_phase(part: PhaseTime) -> Attributes:
    known = (("running", part.running_ns), ("ready", part.ready_ns), ("waiting", part.waiting_ns))
    return {f"clientprof.{name}_ns": ns for name, ns in known if ns is not None}


def _context(trace_id: int, span_id: int, *, remote: bool = False) -> "SpanContext":
    from opentelemetry.trace import SpanContext, TraceFlags

    return SpanContext(trace_id, span_id, remote, TraceFlags(TraceFlags.SAMPLED))
