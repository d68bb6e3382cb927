#!/usr/bin/env bash
# protobuf 7.36.2 reads the spans that opentelemetry-exporter-otlp-json-file 0.66b1 writes, says nothing, and gives them
# other trace and span ids.
#
# OTLP's JSON is the JSON of its protobuf messages but for the ids, which are hexadecimal; protobuf's JSON has base64
# for such fields. Thirty-two and sixteen hexadecimal digits are valid base64 too, of 24 and 12 bytes. So the obvious
# way to read such a file, json_format.Parse into the message of opentelemetry-proto, raises nothing, names, times and
# parents all seem right and even agree with each other. But the ids are those of no trace: spans of one request that
# came by a file and by the wire do not meet, a search for the id in a log or a traceparent header finds nothing, and a
# client's span looks as if the server had never been called. In the other direction, MessageToDict writes base64, which
# readers of OTLP's JSON do not take for these ids. The ids have to be translated.
#
# Seen, one request's client span by the file and its server span by the wire: trace ids of 24 and 16 bytes, different;
# the client's span id of 12 bytes is not the server span's parent; names and times as written. With the ids as base64
# before reading: the same trace, and the parent is found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q protobuf==7.36.2 opentelemetry-sdk==1.45.2 opentelemetry-proto==1.45.2 \
  opentelemetry-exporter-otlp-json-file==0.66b1 opentelemetry-exporter-otlp-proto-common==1.45.2
"$folder/venv/bin/python" - <<'EOF'
import base64
import io
import json

from google.protobuf import json_format
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind

sent = []


class Wire(SpanExporter):
    def export(self, spans):
        sent.append(encode_spans(spans).SerializeToString())
        return SpanExportResult.SUCCESS


def tracer(exporter):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider.get_tracer("seen")


file = io.StringIO()
with tracer(FileSpanExporter(stream=file)).start_as_current_span("client", kind=SpanKind.CLIENT) as span:
    with tracer(Wire()).start_as_current_span("server", kind=SpanKind.SERVER):
        pass


def only_span(traces):
    return traces.resource_spans[0].scope_spans[0].spans[0]


def translated(entry):
    for name, value in entry.items():
        if name in ("traceId", "spanId", "parentSpanId"):
            entry[name] = base64.b64encode(bytes.fromhex(value)).decode()
    return entry


line = file.getvalue()
server = only_span(TracesData.FromString(sent[0]))
client = only_span(json_format.Parse(line, TracesData()))
for name, read, meant in (
    ("trace id", client.trace_id, server.trace_id),
    ("client's span id", client.span_id, server.parent_span_id),
):
    print(f"{name}: by the file {read.hex()}, {len(read)} bytes; by the wire {meant.hex()}, {len(meant)} bytes")
assert (client.name, client.start_time_unix_nano, client.end_time_unix_nano) == ("client", span.start_time, span.end_time)
assert (len(client.trace_id), len(client.span_id)) == (24, 12)
assert client.trace_id != server.trace_id and client.span_id != server.parent_span_id
as_meant = only_span(json_format.Parse(json.dumps(json.loads(line, object_hook=translated)), TracesData()))
assert as_meant.trace_id == server.trace_id and as_meant.span_id == server.parent_span_id
print("ids as base64: the same trace, and the parent is found")
EOF
