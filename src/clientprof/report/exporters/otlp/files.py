"""Spans in files, as messages of the protocol (https://opentelemetry.io/docs/specs/otlp/).

``to_otlp`` is one protobuf message, ``TracesData``, which has the fields of an export request: a collector takes the file as
the body of a POST. ``to_otlp_json`` is what the collector's file exporter writes and its receiver ``otlpjsonfile`` reads: a
JSON object a line, ids in hexadecimal digits.
"""

import base64
import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from clientprof.model.export import Export
from clientprof.report.exporters.otlp.spans import spans_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

BATCH = 2000
_IDS = ("traceId", "spanId", "parentSpanId")


def batches_of(export: Export) -> "Iterator[list[ReadableSpan]]":
    """The spans, so many at a time that a message stays below a megabyte or two."""
    spans = spans_of(export)
    while batch := list(islice(spans, BATCH)):
        yield batch


def to_otlp(export: Export) -> bytes:
    """All spans in one message. Messages of protobuf that follow each other are one with the fields of all."""
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    return b"".join(encode_spans(batch).SerializeToString(deterministic=True) for batch in batches_of(export))


def to_otlp_json(export: Export) -> bytes:
    """A line for each batch of spans."""
    from google.protobuf.json_format import MessageToDict
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    lines = []
    for batch in batches_of(export):
        message = MessageToDict(encode_spans(batch), use_integers_for_enums=True)
        for span in _spans_in(message):
            for name in _IDS:
                if name in span:
                    span[name] = base64.b64decode(span[name]).hex()
        lines.append(json.dumps(message, allow_nan=False, separators=(",", ":")))
    return "".join(f"{line}\n" for line in lines).encode()


def _spans_in(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in message["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            yield from scope["spans"]
