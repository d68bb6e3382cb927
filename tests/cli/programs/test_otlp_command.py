"""Spans to a real endpoint, to one that fails, and in the trace of a program that traces itself."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

from clientprof.origin.process import OriginProcess
from command import Traced, refusal, run

PROGRAMS = Path(__file__).resolve().parents[2] / "programs"


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Callable[[str], tuple[str, Path]]]:
    """Starts an endpoint in a process of its own; its URL and the file in which it counts."""
    with ExitStack() as stack:

        def start(answer: str) -> tuple[str, Path]:
            counted = tmp_path / answer
            command = [sys.executable, str(PROGRAMS / "observing" / "takes_spans.py"), str(counted), answer]
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            assert process.stdout is not None
            return f"http://127.0.0.1:{process.stdout.readline().strip()}", counted

        yield start


def spans_in(path: Path) -> list[Span]:
    data = TracesData.FromString(path.read_bytes())
    return [span for resource in data.resource_spans for scope in resource.scope_spans for span in scope.spans]


def test_all_spans_of_a_trace_arrive_at_an_endpoint(
    traced: Traced, tmp_path: Path, endpoint: Callable[[str], tuple[str, Path]]
) -> None:
    recorded = str(traced.folder / "recording.clientprof")
    url, counted = endpoint("200")
    sent = run("export", recorded, "--format", "otlp", "--endpoint", url)
    assert run("export", recorded, "--format", "otlp", "--out", str(tmp_path / "file.pb")).code == 0
    count = len(spans_in(tmp_path / "file.pb"))
    assert (sent.code, sent.out, sent.err) == (0, f"{count:,} spans sent to {url}/v1/traces\n", "")
    assert counted.read_text() == f"/v1/traces {count}\n"


@pytest.mark.parametrize(("answer", "said"), [("400", "400"), ("never", "timeout")])
def test_an_endpoint_that_does_not_take_them_is_a_sentence_and_code_1(
    traced: Traced,
    endpoint: Callable[[str], tuple[str, Path]],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    said: str,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.3")
    recorded = traced.folder / "recording.clientprof"
    before = recorded.read_bytes()
    told = refusal("export", str(recorded), "--format", "otlp", "--endpoint", endpoint(answer)[0], code=1)
    assert said in told
    assert "took 0 spans" in told
    assert recorded.read_bytes() == before


def test_an_endpoint_is_for_spans_alone_and_must_be_a_url(here: Callable[..., str]) -> None:
    assert "only --format otlp" in here("export", "x", "--format", "har", "--endpoint", "http://localhost:4318")
    assert "no http or https URL" in here("export", "x", "--format", "otlp", "--endpoint", "localhost:4318")


def test_spans_of_a_program_that_traces_itself_are_children_of_its_own(tmp_path: Path, origin: OriginProcess) -> None:
    program, url = str(PROGRAMS / "observing" / "traces_itself.py"), f"{origin.ready.base_url}/1k"
    ran = run("run", "--out", str(tmp_path / "runs"), "--quiet", program, url)
    assert ran.code == 0, ran
    (recorded,) = tmp_path.glob("runs/*/recording.clientprof")
    assert run("export", str(recorded), "--format", "otlp", "--out", str(tmp_path / "file.pb")).code == 0
    calls = [span for span in spans_in(tmp_path / "file.pb") if span.name == "HTTP"]
    joined = [f"{span.trace_id.hex()} {span.parent_span_id.hex()}" for span in calls if span.parent_span_id]
    own = [line for line in ran.out.splitlines() if len(line) == 49 and " " in line]
    assert joined == own
    assert (len(joined), len(calls)) == (3, 5)  # one inside a span that is not kept, one outside of all
    assert b"secret" not in recorded.read_bytes() + (tmp_path / "file.pb").read_bytes()
