"""Kinds of work are told by the frames of stacks, and a collection of garbage is nobody's work."""

from array import array
from dataclasses import replace

import pytest

from clientprof.attribution.programs.loops.kinds_of_work import PROGRAM, debug_mode, decoding, log_record
from clientprof.attribution.programs.loops.loop_parts import Shown
from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import ProgramResult
from clientprof.model.run import StepOwner
from clientprof.model.samples import CodeLocation
from programs_by_hand import BEGUN, MS
from recordings import code
from recordings import columns as columns_of
from sampled_loops import PARSES, recorded

ASKS = code("app", "asks", "app")
TRACE = code("httpcore._trace", "Trace.atrace")
DEBUG, INFO = code("logging", "Logger.debug", "stdlib"), code("logging", "Logger.info", "stdlib")
EMIT = code("logging", "StreamHandler.emit", "stdlib")
CALL_SOON = code("asyncio.base_events", "BaseEventLoop.call_soon", "stdlib")
NOTES = code("asyncio.format_helpers", "extract_stack", "stdlib")
EXTRACT = code("traceback", "StackSummary.extract", "stdlib")
STACK_OF = code("traceback", "extract_stack", "stdlib")
STAMP = code("clientprof.probes.programs.seam_stamps", "stamp", "profiler")


@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        ([ASKS, INFO, EMIT], Shown("info", PROGRAM)),
        ([ASKS, TRACE, DEBUG], Shown("debug", "httpcore")),
        ([ASKS, TRACE], None),
        ([code("logging", "mine", "app")], None),
        ([ASKS, code("mylib.logging", "tells")], None),
    ],
)
def test_a_log_record_has_a_level_and_an_author(codes: list[CodeLocation], shown: Shown | None) -> None:
    assert log_record(codes) == shown


@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        ([ASKS, CALL_SOON, NOTES, EXTRACT], Shown("stack", "asyncio")),
        ([code("anyio._core", "waits"), EXTRACT], Shown("stack", "anyio")),  # uvloop, which has no frames
        ([code("anyio._core", "waits"), STAMP, EXTRACT], Shown("stack", "anyio")),
        ([code("aiohttp.client_reqrep", "init"), STACK_OF, EXTRACT], Shown("stack", "aiohttp")),
        ([ASKS, STACK_OF, EXTRACT], None),
        ([ASKS, code("traceback", "format_exc", "stdlib")], None),
        ([ASKS, INFO, code("logging", "Logger.findCaller", "stdlib"), STACK_OF, EXTRACT], None),
    ],
)
def test_debug_mode_is_who_notes_stacks_for_the_loop(codes: list[CodeLocation], shown: Shown | None) -> None:
    assert debug_mode(codes) == shown


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ([ASKS, code("httpx._models", "Response.json"), code("json.decoder", "JSONDecoder.decode", "stdlib")], "json"),
        ([code("aiohttp.compression_utils", "ZLibDecompressor.decompress_sync")], "compressed"),
        ([ASKS, code("httpx._decoders", "GZipDecoder.decode")], "compressed"),
        ([ASKS, code("urllib3.response", "HTTPResponse.read")], None),
        ([ASKS, code("charset_normalizer.api", "from_bytes")], "text"),
        ([ASKS, code("json.decoder", "JSONDecoder.decode", "stdlib"), code("app", "hook", "app")], None),
    ],
)
def test_decoding_is_told_by_the_innermost_function(codes: list[CodeLocation], kind: str | None) -> None:
    shown = decoding(codes)
    assert (shown and shown.kind) == kind


@pytest.mark.parametrize(
    "codes",
    [
        [ASKS, code("json", "dumps", "stdlib"), code("json.encoder", "JSONEncoder.iterencode", "stdlib")],
        [ASKS, code("gzip", "compress", "stdlib")],
        [ASKS, code("gzip", "GzipFile.write", "stdlib")],
    ],
)
def test_what_is_made_to_be_sent_is_not_decoded(codes: list[CodeLocation]) -> None:
    assert decoding(codes) is None


def paused(times: int, computed: float) -> ProgramResult:
    """A function of the program that works for 4 ms at a time, after each of which garbage is collected for 60 ms, so
    often; of that time the collector's thread computes such a part."""
    steps, samples, collections, at = [(0, 0)], [], [], 1
    for number in range(40):
        length = 64 if number < times else 4
        steps += [(at, -1), (at + length, int(StepOwner.WAIT))]
        samples += [(BEGUN + (at + each) * MS, 2 * MS, 0) for each in (2, 4)]
        if number < times:
            collections.append((BEGUN + (at + 4) * MS, BEGUN + (at + 64) * MS, 2, 0))
            samples.append((BEGUN + (at + 64) * MS, 0, 0))
        at += length + 5
    made = recorded(steps, samples, at, computed_ns=1, queued_ns=None, asked_ms=at)
    (run,) = made.runs
    pauses = {each[1] for each in collections}
    garbage = array("q", [int(60 * MS * computed) if when in pauses else 0 for when, *_ in samples])
    columns = {
        **run.columns,
        **columns_of("gc", ("started_ns", "ended_ns", "generation", "collected"), collections),
        "sample.gc_ns": garbage,
    }
    return program_result(replace(made, runs=(replace(run, columns=columns),)))


@pytest.mark.parametrize(("times", "expected"), [(10, ["garbage-pauses"]), (2, []), (0, [])])
def test_pauses_of_the_collector_are_no_work_of_the_function_that_they_interrupt(
    times: int, expected: list[str]
) -> None:
    result = paused(times, 0.9)
    assert [finding.id for finding in result.findings] == expected
    if expected:
        title = result.findings[0].title
        assert "10 times for 60 ms each" in title
        assert f"`{PARSES.function}`" in str(result.findings[0].evidence)


def test_a_collector_that_got_no_core_is_not_what_takes_long() -> None:
    assert "garbage-pauses" not in [finding.id for finding in paused(10, 0.05).findings]


@pytest.mark.parametrize(
    ("records", "computes", "expected"),
    [
        (0.9, True, ["log-records"]),
        (0.3, True, ["work-should-leave-the-loop", "log-records"]),
        (0.9, False, ["log-records"]),
        (0.3, False, ["blocking-call", "log-records"]),
    ],
)
def test_a_function_that_writes_records_for_long_is_told_for_its_records_alone(
    records: float, computes: bool, expected: list[str]
) -> None:
    """In steps of 60 ms, of which such a part goes into records; a handler may stand still as well as compute."""
    steps, samples, at = [(0, 0)], [], 1
    for _ in range(20):
        steps += [(at, -1), (at + 60, int(StepOwner.WAIT))]
        cpu_ns = 2 * MS * computes
        samples += [(BEGUN + (at + each) * MS, cpu_ns, int(each < 60 * records)) for each in range(2, 60, 2)]
        at += 65
    result = program_result(
        recorded(
            steps,
            samples,
            at,
            computed_ns=20 * 60 * MS if computes else 1,
            queued_ns=0,
            asked_ms=at,
            stacks=([PARSES], [PARSES, INFO, EMIT]),
        )
    )
    assert sorted(finding.id for finding in result.findings) == sorted(expected)
    (records_finding,) = (finding for finding in result.findings if finding.id == "log-records")
    assert ("it computes nothing" in records_finding.claim) is not computes
    takes_us = (records_finding.cost_us_per_request or 0.0) + (records_finding.off_cpu_us_per_request or 0.0)
    assert takes_us == pytest.approx(20 * 60_000 * records, rel=0.15)
