"""Exchanges as OpenTelemetry spans, read back by the protocol's own schema."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.json_format import Parse
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status, TracesData

from clientprof.model.export import ClientExport, Export, TraceParent
from clientprof.model.results import Setting
from clientprof.report.exporters.otlp.endpoint import traces_url
from clientprof.report.exporters.otlp.files import to_otlp, to_otlp_json
from sample_result import sample_result
from test_exporters import export_of

JOINED = TraceParent(0xA0000000000000000000000000000001, 0xB000000000000002)
OFFSET_NS = 1_800_000_000_000_000_000


@pytest.fixture
def export() -> Export:
    """Clients with four exchanges each, the last one failed, at a known time."""
    local = (Setting("workload", "server", "local origin"), Setting("workload", "scenario", "c8/1k"))
    return replace(export_of(replace(sample_result(), workload=local)), clock_offset_ns=OFFSET_NS)


def as_program(export: Export, **changes: Any) -> Export:
    """The first client's exchanges as those of a program's loop."""
    (entry, *_) = export.clients
    assert entry.activity is not None
    exchanges = tuple(
        replace(each, address="http://[::1]:8080/", site="app.py:7 ask", **changes) for each in entry.activity.exchanges
    )
    client = replace(entry.client, name="app.py, MainThread, process 0", lenses=("program",))
    return replace(export, clients=(ClientExport(client, replace(entry.activity, exchanges=exchanges)),))


def resources(content: bytes) -> list[ResourceSpans]:
    return list(TracesData.FromString(content).resource_spans)


def spans(content: bytes) -> list[Span]:
    return [span for resource in resources(content) for scope in resource.scope_spans for span in scope.spans]


def told(holder: Any) -> dict[str, str | int]:
    """Attributes by name."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in holder.attributes}


def test_every_exchange_is_a_span_and_its_phases_are_children_that_fill_it(export: Export) -> None:
    found = spans(to_otlp(export))
    roots = [span for span in found if not span.parent_span_id]
    activities = [entry.activity for entry in export.clients if entry.activity is not None]
    assert len(roots) == sum(len(activity.exchanges) for activity in activities)
    assert len({span.span_id for span in found}) == len(found)
    for root in roots:
        children = [span for span in found if span.parent_span_id == root.span_id]
        assert {child.trace_id for child in children} == {root.trace_id}
        filled = sum(child.end_time_unix_nano - child.start_time_unix_nano for child in children)
        assert filled == root.end_time_unix_nano - root.start_time_unix_nano > 0
    first = activities[0].exchanges[0]
    assert roots[0].start_time_unix_nano == OFFSET_NS + first.started_ns
    assert [child.name for child in found[1:3]] == [part.phase.value for part in first.phases[:2]]


def test_attributes_are_the_conventions_and_say_no_path_or_query(export: Export) -> None:
    root = spans(to_otlp(export))[0]
    about = told(root)
    assert (root.name, root.kind) == ("GET", Span.SPAN_KIND_CLIENT)
    wanted = {"http.request.method": "GET", "server.address": "localhost", "http.response.status_code": 200}
    assert wanted.items() <= about.items()
    assert not {"url.full", "url.path", "url.query"} & set(about)
    called = told(spans(to_otlp(as_program(export)))[0])
    assert called["http.request.method"] == "_OTHER"
    assert (called["server.address"], called["server.port"], called["url.scheme"]) == ("::1", 8080, "http")
    assert (called["code.file.path"], called["code.line.number"], called["code.function.name"]) == ("app.py", 7, "ask")
    assert told(resources(to_otlp(as_program(export)))[0].resource)["service.name"] == "app.py"


def test_a_failed_exchange_is_an_error_with_its_type(export: Export) -> None:
    failed = [span for span in spans(to_otlp(export)) if span.status.code == Status.STATUS_CODE_ERROR]
    assert {told(span)["error.type"] for span in failed} == {"PoolTimeout"}
    assert len(failed) == len(export.clients)


def test_an_exchange_inside_a_span_of_the_program_is_its_child_and_no_second_client_span(export: Export) -> None:
    joined = [span for span in spans(to_otlp(as_program(export, parent=JOINED))) if span.name == "HTTP"]
    assert {span.trace_id for span in joined} == {JOINED.trace_id.to_bytes(16, "big")}
    assert {span.parent_span_id for span in joined} == {JOINED.span_id.to_bytes(8, "big")}
    assert {span.kind for span in joined} == {Span.SPAN_KIND_INTERNAL}


def test_the_lines_are_what_a_collector_s_file_holds_and_the_same_spans(export: Export) -> None:
    merged = TracesData()
    for line in to_otlp_json(export).splitlines():
        record = json.loads(line)
        for span in (s for r in record["resourceSpans"] for c in r["scopeSpans"] for s in c["spans"]):
            # Hexadecimal, as OTLP has ids in JSON; protobuf's own JSON has base64 there.
            for name in ("traceId", "spanId", "parentSpanId"):
                assert len(span.get(name, "")) in (0, 16, 32)
                if name in span:
                    span[name] = base64.urlsafe_b64encode(bytes.fromhex(span[name])).decode()
        merged.MergeFrom(Parse(json.dumps(record), TracesData()))
    assert merged == TracesData.FromString(to_otlp(export))


def test_the_same_recording_gives_the_same_spans(export: Export) -> None:
    assert to_otlp(export) == to_otlp(export)


def test_a_collector_s_base_url_gets_the_path_of_traces_and_others_stay() -> None:
    assert traces_url("http://localhost:4318/") == "http://localhost:4318/v1/traces"
    assert traces_url("https://x.example/otlp/v1/traces") == "https://x.example/otlp/v1/traces"
    for wrong in ("localhost:4318", "ftp://x", "http://"):
        with pytest.raises(ValueError, match="no http or https URL"):
            traces_url(wrong)
