"""The span of the program's own tracing: only kept spans, only ids, and never a failure of the exchange."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from clientprof.probes.failures import Failures
from clientprof.probes.programs.lanes import Rows
from clientprof.probes.programs.trace_parents import TraceParents

GROUP = ("exchange", "high", "low", "span")


def wrote(monkeypatch: pytest.MonkeyPatch, api: object, failures: Failures) -> dict[str, list[int]]:
    """What is written of an exchange while that module is OpenTelemetry's API."""
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", api)  # type: ignore[arg-type]
    rows = Rows("traced", GROUP)
    TraceParents(failures).write(rows, 7)
    return {name: column.tolist() for name, column in rows.take().items()}


def api_with(**context: object) -> SimpleNamespace:
    span = SimpleNamespace(get_span_context=lambda: SimpleNamespace(**context))
    return SimpleNamespace(get_current_span=lambda: span)


@pytest.fixture
def failures() -> Failures:
    return Failures()


def test_ids_of_a_kept_span_are_written_as_signed_words(monkeypatch: pytest.MonkeyPatch, failures: Failures) -> None:
    api = api_with(is_valid=True, trace_flags=1, trace_id=(1 << 127) + 5, span_id=(1 << 64) - 1)
    assert wrote(monkeypatch, api, failures) == {
        "traced.exchange": [7], "traced.high": [-(1 << 63)], "traced.low": [5], "traced.span": [-1],
    }  # fmt: skip


@pytest.mark.parametrize(("valid", "flags"), [(True, 0), (False, 1)])
def test_nothing_is_written_of_a_span_that_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, failures: Failures, valid: bool, flags: int
) -> None:
    assert wrote(monkeypatch, api_with(is_valid=valid, trace_flags=flags, trace_id=1, span_id=1), failures) == {}


def test_an_api_that_is_being_imported_or_that_fails_costs_no_exchange(
    monkeypatch: pytest.MonkeyPatch, failures: Failures
) -> None:
    assert wrote(monkeypatch, ModuleType("opentelemetry.trace"), failures) == {}
    assert failures.notes == ()
    assert wrote(monkeypatch, SimpleNamespace(get_current_span=lambda: None), failures) == {}
    assert len(failures.notes) == 1
