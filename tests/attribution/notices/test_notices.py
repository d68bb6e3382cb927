"""Each notice stands where its cause is, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import pytest

from client_results import COLD, CONTROL, LEDGER, PROFILE, client
from clientprof.attribution.notices.raised import notices_of, obstacles, server_cpu_share
from clientprof.attribution.notices.unattributed import MOST_UNATTRIBUTED
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.recording import Recording
from clientprof.model.results import ClientResult
from clientprof.model.run import OriginTruth, Run
from clientprof.model.samples import Boundary
from recordings import control_run, recording_of

QUIET = recording_of(control_run())


def ids(found: ClientResult, recording: Recording = QUIET) -> list[str]:
    return [notice.id for notice in notices_of(recording, (found,))]


def with_origin(cpu_share: float) -> Run:
    run = control_run()
    truth = OriginTruth(0, 0, 0, 4, int(cpu_share * 1_000_000), 1_000_000, 4, 4)
    return Run(replace(run.facts, origin=truth), run.columns)


def test_a_sound_measurement_has_no_notices() -> None:
    assert ids(client()) == []
    assert obstacles(QUIET, (client(),)) == ()


@pytest.mark.parametrize(("share", "said"), [(0.9, ["server-bound"]), (0.7, [])])
def test_a_busy_server_is_told_and_forbids_a_verdict(share: float, said: list[str]) -> None:
    recording = recording_of(with_origin(share))
    assert server_cpu_share(recording, "httpx") == pytest.approx(share)
    assert ids(client(), recording) == said
    assert bool(obstacles(recording, (client(),))) is bool(said)


def test_failures_are_told_and_forbid_a_verdict() -> None:
    failed = client(control=replace(CONTROL, errors={"PoolTimeout": 3}))
    assert ids(failed) == ["errors"]
    assert obstacles(QUIET, (failed,)) == ("3 requests of httpx failed",)


def test_a_boundary_that_was_not_found_is_told_by_name() -> None:
    lost = Boundary("httpcore.pool", "assign", Layer.POOL, False)
    notice = notices_of(QUIET, (client(boundaries=(lost,)),))[0]
    assert notice.id == "boundary-missing"
    assert "httpcore.pool:assign" in notice.text


def test_seams_and_timers_that_are_missing_are_told() -> None:
    assert ids(client(notes=("not found in httpx 1.0: a:b",))) == ["seam-missing"]
    assert ids(client(notes=("This platform has no interval timer",))) == ["no-timer"]
    assert ids(client(notes=("yappi counted calls over 4 requests",))) == []


@pytest.mark.parametrize(("share", "said"), [(0.011, ["unattributed"]), (0.01, [])])
def test_time_of_no_phase_is_told_above_the_bound_of_the_glossary(share: float, said: list[str]) -> None:
    found = client(ledger=replace(LEDGER, unattributed_share=share))
    assert ids(found) == said
    text = (Path(__file__).parents[3] / "docs" / "glossary.md").read_text()
    (row,) = [line for line in text.splitlines() if line.startswith("| unattributed")]
    assert f"at most {MOST_UNATTRIBUTED:.0%}".replace("%", " %") in row


def test_few_samples_are_told() -> None:
    assert ids(client(profile=replace(PROFILE, samples=499))) == ["few-samples"]


def test_layers_that_do_not_add_up_to_the_control_s_cpu_are_told() -> None:
    slower = replace(CONTROL, cpu_us_per_request=Estimate(120.0, 119.0, 121.0, "us", 3))
    assert ids(client(control=slower)) == ["layers-differ-from-control"]


def test_what_other_threads_took_is_no_difference() -> None:
    both = replace(CONTROL, cpu_us_per_request=Estimate(150.0, 149.0, 151.0, "us", 3))
    assert ids(client(control=both, other_threads_us=50.0)) == []


def test_a_clock_too_coarse_for_the_control_s_cpu_is_no_exception() -> None:
    assert ids(client(control=replace(CONTROL, cpu_us_per_request=Estimate(0.0, None, None, "us", 1)))) == []


def test_missing_server_stamps_are_told() -> None:
    assert ids(client(ledger=replace(LEDGER, server_stamps=False))) == ["no-server-stamps"]


def test_counts_on_which_client_and_origin_differ_are_told() -> None:
    assert ids(client(cold=replace(COLD, connects=99))) == ["instruments-disagree"]


def test_interruptions_by_other_programs_are_told() -> None:
    run = control_run()
    run.columns["round.involuntary"][0] = 1000
    assert ids(client(), recording_of(run)) == ["busy-machine"]
    assert ids(client(loop="none: the main thread"), recording_of(run)) == ["busy-machine"]
    # Its own threads interrupt each other.
    assert ids(client(loop="none: 32 threads"), recording_of(run)) == []


def test_notices_of_the_measuring_side_come_first_and_an_incomplete_run_says_so() -> None:
    manifest = replace(QUIET.manifest, complete=False, notices=(("steal", "text", "advice"),))
    found = ids(client(profile=replace(PROFILE, samples=1)), Recording(manifest, QUIET.runs))
    assert found == ["steal", "incomplete", "few-samples"]


def test_a_client_of_which_nothing_was_measured_has_no_notices() -> None:
    assert ids(client(control=None, cold=None, layers=(), ledger=None, profile=None)) == []


def with_bodies(*digests: str, client: str = "httpx") -> Run:
    run = control_run()
    return Run(replace(run.facts, body_sha256=digests, client=client, arm=client), run.columns)


def test_clients_whose_answers_differ_in_content_get_no_verdict() -> None:
    same = recording_of(with_bodies("a" * 64), with_bodies("a" * 64, client="aiohttp"))
    assert ids(client(), same) == []
    different = recording_of(with_bodies("a" * 64), with_bodies("b" * 64, client="aiohttp"))
    assert ids(client(), different) == ["bodies-differ"]
    assert "contents differ" in obstacles(different, (client(),))[0]


def test_a_client_whose_answers_differ_from_each_other_gets_no_verdict() -> None:
    assert ids(client(), recording_of(with_bodies("a" * 64, "b" * 64))) == ["bodies-differ"]


@pytest.mark.parametrize(("served", "said"), [(0, []), (1, ["requests-differ"]), (-1, ["requests-differ"])])
def test_lost_and_doubled_requests_are_told_and_forbid_a_verdict(served: int, said: list[str]) -> None:
    run = control_run()
    made = sum(run.column("round.count"))
    truth = OriginTruth(0, 0, 0, made + served, 1, 1_000_000, 4, 4)
    recording = recording_of(Run(replace(run.facts, origin=truth), run.columns))
    assert ids(client(), recording) == said
    assert bool(obstacles(recording, (client(),))) is bool(said)


def test_packages_that_came_along_with_a_version_are_named() -> None:
    old = client(
        name="httpx==0.27.2", version="0.27.2", packages={"httpx": "0.27.2", "h11": "0.16", "sniffio": "1.3.1"}
    )
    new = client(packages={"httpx": "0.28.1", "h11": "0.16"})
    (notice,) = notices_of(QUIET, (old, new))
    assert notice.id == "packages-differ"
    assert notice.text == "httpx==0.27.2 and httpx 0.28.1 came with different packages: sniffio 1.3.1 and none."


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        ("httpx+sniffio", {"httpx": "0.28.1", "sniffio": "1.3.1"}),
        ("httpx==0.28.1+sniffio==1.3.1", {"httpx": "0.28.1", "sniffio": "1.3.1"}),
        ("aiohttp", {"aiohttp": "0.28.1", "yarl": "1.0"}),
        ("httpx", {"httpx": "0.28.1"}),
        ("httpx@1a2b3c4d5", {"httpx": "0.29@1a2b3c4d5", "httpcore": "1.1@1a2b3c4d5"}),
    ],
)
def test_packages_that_were_asked_for_are_not(name: str, packages: dict[str, str]) -> None:
    assert notices_of(QUIET, (client(name=name, packages=packages), client(packages={"httpx": "0.28.1"}))) == ()
