"""A result is only said to lack what its command measures."""

from dataclasses import replace

from arms import two_arms
from client_results import PROFILE, client
from clientprof.attribution.client_result import client_result
from clientprof.attribution.notices.raised import notices_of
from clientprof.model.recording import Recording, RecordingKind
from clientprof.report.writing.wording import missing_sentence
from recordings import control_run, recording_of


def of_kind(kind: RecordingKind, scenario: str | None = None) -> Recording:
    recording = two_arms()
    return Recording(replace(recording.manifest, kind=kind, scenario=scenario), recording.runs)


def missing(recording: Recording) -> str | None:
    return missing_sentence(client_result(recording, "httpx"))


def test_a_trace_says_which_lenses_are_missing() -> None:
    said = missing(of_kind(RecordingKind.TRACE)) or ""
    assert "phases of requests (lens ledger)" in said
    assert "cross-check (lens pyinstrument)" in said


def test_comparisons_sweeps_and_scenarios_miss_no_lens_that_they_never_run() -> None:
    assert missing(of_kind(RecordingKind.COMPARISON)) is None
    assert missing(of_kind(RecordingKind.SWEEP)) is None
    assert missing(of_kind(RecordingKind.TRACE, "gather")) is None


def test_a_comparison_without_its_samples_says_so() -> None:
    whole = of_kind(RecordingKind.COMPARISON)
    cut = Recording(whole.manifest, tuple(run for run in whole.runs if run.facts.lens != "sample"))
    assert missing(cut) == "Not measured for httpx 0.28.1: CPU by layer (lens sample), call tree (lens sample)."


def test_the_advice_on_few_samples_names_no_option_that_the_command_lacks() -> None:
    few = client(profile=replace(PROFILE, samples=10))
    for kind in RecordingKind:
        bare = recording_of(control_run())
        (notice,) = notices_of(Recording(replace(bare.manifest, kind=kind), bare.runs), (few,))
        assert notice.id == "few-samples"
        assert ("--rounds" in notice.advice) is (kind is RecordingKind.TRACE)
