"""A lens under which the client fails, or connects anew, more than it does when nobody looks, is left out and named."""

from array import array
from collections.abc import Mapping
from dataclasses import replace

import pytest

from clientprof.attribution.notices.disturbed_lenses import disturbance, kept_differences, undisturbed
from clientprof.attribution.trace_result import trace_result
from clientprof.model.run import OriginTruth, RoundKind, Run
from recordings import control_run, exchanges, recording_of, rounds


def observed(
    lens: str,
    requests: int,
    failed: Mapping[str, int] | None = None,
    *,
    accepts: int = 0,
    handshakes: int = 0,
    block: int = 0,
    kind: RoundKind = RoundKind.MEASURED,
) -> Run:
    """A run under a lens, with so many failed requests of each type and what the origin saw."""
    run = control_run(block=block)
    kinds = dict(failed or {})
    numbers = [place for place, count in enumerate(kinds.values(), 1) for _ in range(count)]
    errors = array("q", numbers + [0] * (requests - len(numbers)))
    truth = OriginTruth(accepts, handshakes, 0, requests, 1, 10, 1, 1)
    facts = replace(run.facts, lens=lens, error_types=tuple(kinds), origin=truth)
    table = rounds((kind, 0, requests, 0, 10)) | exchanges(*((0, 10, error) for error in errors))
    return Run(facts, {**run.columns, **table})


CONTROL = [observed("control", 512, block=block) for block in range(6)]


@pytest.mark.parametrize(
    ("failed", "before", "out"),
    [
        ({}, {}, False),
        ({"TypeError": 512}, {}, True),
        ({"TypeError": 3}, {}, True),
        ({"TypeError": 2}, {}, False),
        ({"ReadTimeout": 100}, {"ReadTimeout": 100}, False),
        ({"ReadTimeout": 140}, {"ReadTimeout": 100}, True),
        ({"TypeError": 100}, {"ReadTimeout": 100}, True),
        ({"A": 3, "B": 3}, {"C": 1}, True),
    ],
)
def test_failures_beyond_chance_put_a_lens_out(failed: dict[str, int], before: dict[str, int], out: bool) -> None:
    control = [observed("control", 512, before, block=block) for block in range(6)]
    assert (disturbance([observed("ledger", 512, failed)], control) is not None) == out


@pytest.mark.parametrize(("failed", "out"), [(1, True), (0, False)])
def test_a_load_too_small_for_chance_is_judged_by_its_most(failed: int, out: bool) -> None:
    found = disturbance([observed("ledger", 1, {"TypeError": failed})], [observed("control", 2)])
    assert (found is not None) == out


def test_the_lens_goes_its_warning_has_the_counts_and_the_others_stay() -> None:
    broken = observed("ledger", 512, {"TypeError": 512})
    recording = recording_of(*CONTROL, broken, observed("count", 512))
    sound = undisturbed(recording)
    assert [run.facts.lens for run in sound.runs] == ["control"] * 6 + ["count"]
    (notice,) = sound.manifest.notices
    assert notice[:2] == (
        "lens-disturbed",
        "httpx under the ledger lens: 512 of 512 requests failed (TypeError); 0 of 3072 requests failed under control. "
        "The lens is left out of the result.",
    )
    assert undisturbed(sound) is sound


def test_a_result_is_made_of_undisturbed_lenses_only() -> None:
    result = trace_result(recording_of(*CONTROL, observed("ledger", 512, {"TypeError": 512})))
    assert result.clients[0].ledger is None
    assert [notice.id for notice in result.notices].count("lens-disturbed") == 1


def test_a_recording_without_disturbed_lenses_stays_the_very_same() -> None:
    recording = recording_of(*CONTROL, observed("sample", 512))
    assert undisturbed(recording) is recording


def test_failures_that_chance_explains_are_told_and_kept() -> None:
    recording = recording_of(*CONTROL, observed("sample", 512, {"ReadError": 1}))
    assert undisturbed(recording) is recording
    (notice,) = kept_differences(recording, "httpx")
    assert notice.id == "errors-under-lens"
    assert notice.text.startswith("httpx under the sample lens: 1 of 512 requests failed (ReadError); 0 of 3072")


def test_failures_of_the_cold_round_are_told_and_put_no_lens_out() -> None:
    recording = recording_of(*CONTROL, observed("ledger", 512, {"PoolTimeout": 27}, kind=RoundKind.COLD))
    assert undisturbed(recording) is recording
    (notice,) = kept_differences(recording, "httpx")
    assert "under the ledger lens in the cold round: 27 of 512 requests failed (PoolTimeout); 0 of 0" in notice.text


@pytest.mark.parametrize(
    ("control", "lens", "out", "told"),
    [
        ((0, 0), 0, False, []),
        ((0, 0), 512, True, []),
        ((0, 0), 30, False, []),
        ((340, 492), 23, False, ["connections-differ"]),
        ((340, 492), 400, False, []),
        ((23, 30), 340, False, ["connections-differ"]),
        ((512, 512), 512, False, []),
    ],
)
def test_connections_put_a_lens_out_only_where_control_keeps_its_own(
    control: tuple[int, int], lens: int, out: bool, told: list[str]
) -> None:
    runs = [observed("control", 512, accepts=count, block=block) for block, count in enumerate(control)]
    recording = recording_of(*runs, observed("ledger", 512, accepts=lens))
    assert (undisturbed(recording) is not recording) == out
    assert [notice.id for notice in kept_differences(recording, "httpx")] == told


@pytest.mark.parametrize(("done", "out"), [(64, False), (63, False), (56, True), (0, True)])
def test_connections_that_never_completed_tls_put_a_lens_out(done: int, out: bool) -> None:
    control = [observed("control", 512, accepts=512, handshakes=512)]
    lens = [observed("ledger", 64, accepts=64, handshakes=done)]
    assert (disturbance(lens, control) is not None) == out


def test_a_client_without_control_runs_is_left_as_it_is() -> None:
    recording = recording_of(observed("ledger", 512, {"TypeError": 512}))
    assert undisturbed(recording) is recording
