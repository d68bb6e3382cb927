"""A scenario's label says all of it, and a bad label says what to write instead."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.model.network import Stall
from clientprof.origin.process import OriginProcess
from clientprof.workload.load.scenario import (
    MAX_CONCURRENCY,
    MAX_REQUESTS,
    MAX_SIZE_BYTES,
    DelayKind,
    Encoding,
    Loop,
    Scenario,
    ScenarioError,
    Upload,
    format_size,
    parse_size,
)
from clientprof.workload.load.scenario_labels import label_of, parse_label
from clientprof.workload.load.targets import path_of

scenarios = st.builds(
    Scenario,
    concurrency=st.integers(1, MAX_CONCURRENCY),
    size_bytes=st.integers(0, MAX_SIZE_BYTES),
    tls=st.booleans(),
    limit=st.none() | st.integers(1, 10**8),
    delay_ms=st.floats(0, 60_000),
    requests=st.none() | st.integers(MAX_CONCURRENCY, MAX_REQUESTS),
    loop=st.sampled_from(Loop),
    keepalive=st.none() | st.integers(0, 10**8),
    delay_kind=st.sampled_from(DelayKind),
    upload_bytes=st.none() | st.integers(0, MAX_SIZE_BYTES),
    upload=st.sampled_from(Upload),
    streamed=st.booleans(),
    encoding=st.none() | st.sampled_from(Encoding),
    cookies=st.integers(0, 500),
    jar=st.integers(0, 10_000),
    redirects=st.integers(0, 20),
    client_each=st.booleans(),
    hosts=st.integers(1, 2000),
    close_after=st.integers(1, 1_000_000),
    silent_close=st.booleans(),
    idle_close_ms=st.none() | st.integers(10, 3_600_000),
    accept_delay_ms=st.integers(0, 60_000),
    refuse_every=st.integers(1, 1_000_000),
    retry_after_s=st.integers(0, 3600),
    rtt_ms=st.floats(10, 10_000),
    jitter_ms=st.floats(0, 10),
    bits_per_s=st.none() | st.integers(1_000, 10**11),
    stall=st.none() | st.builds(Stall, st.integers(1, 999), st.integers(1, 3600)),
)
streams = st.builds(
    Scenario,
    requests=st.integers(512, MAX_REQUESTS),
    rate_per_s=st.none() | st.floats(0.1, 100_000),
    size_bytes=st.integers(32, 1000).map(lambda size: 12 * size),
    chunks=st.sampled_from((1, 3, 4, 12)),
    gap_ms=st.floats(0, 10_000),
    events=st.booleans(),
    tls=st.just(True),
    http2=st.booleans(),
)


@given(scenarios | streams)
def test_a_label_reads_back_as_the_scenario(scenario: Scenario) -> None:
    assert parse_label(label_of(scenario)) == scenario


@given(scenarios | streams)
def test_labels_are_plain_ascii_without_exponents(scenario: Scenario) -> None:
    label = label_of(scenario)
    assert label.isascii()
    assert re.search(r"[0-9]e", label) is None


@given(st.builds(Scenario, size_bytes=st.integers(0, MAX_SIZE_BYTES), delay_ms=st.floats(0, 60_000)))
def test_paths_are_plain_ascii_without_exponents(scenario: Scenario) -> None:
    path = path_of(scenario)
    assert path.isascii()
    assert re.search(r"[0-9]e", path) is None


@given(st.integers(0, MAX_SIZE_BYTES))
def test_a_size_reads_back(size_bytes: int) -> None:
    assert parse_size(format_size(size_bytes)) == size_bytes


def test_a_network_is_in_the_label_as_people_write_it() -> None:
    scenario = parse_label("c64/1k/tls/rtt20/jitter=5/bandwidth=10m/stall=200@5")
    assert (scenario.rtt_ms, scenario.jitter_ms, scenario.bits_per_s) == (20, 5, 10_000_000)
    assert scenario.stall == Stall(200, 5) == Stall.parse("200/5")
    assert label_of(parse_label("c64/1k/tls/rtt20")) == "c64/1k/tls/rtt20"
    assert not parse_label("c64/1k/tls").network


def test_asking_by_name_is_in_the_label() -> None:
    assert parse_label("c8/1k/by-name").by_name
    assert label_of(Scenario(8, by_name=True)) == "c8/1k/by-name"


@given(st.text(max_size=30) | st.from_regex(r"c[0-9]{1,5}(/[a-z0-9.]{0,6}){0,4}"))
def test_any_text_is_a_scenario_or_a_scenario_error_of_one_line(label: str) -> None:
    said = ""
    try:
        scenario = parse_label(label)
        assert parse_label(label_of(scenario)) == scenario
    except ScenarioError as error:
        said = str(error)
    assert len(said.splitlines()) <= 1


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("", "write c<requests at once>/<size>"),
        ("512", "write c<requests at once>/<size>"),
        ("c", "write c<requests at once>/<size>"),
        ("cx/1k", "write c<requests at once>/<size>"),
        ("c" + "9" * 5000, "write c<requests at once>/<size>"),
        ("c0", "-n must be between 1 and 100000"),
        ("c100001", "-n must be between 1 and 100000"),
        ("c8/1g", "'1g' is no size"),
        ("c8/", "'' is no size"),
        ("c8/-1", "'-1' is no size"),
        ("c8/65m", "--size must be between 0 and 64m"),
        ("c8/l0", "--limit must be 1 or more"),
        ("c8/d60001", "--delay must be between 0 and 60000"),
        ("c8/1k/2k", "size twice"),
        ("c8/silent-close", "--silent-close needs --close-after"),
        ("c8/retry-after=5", "--retry-after needs --refuse"),
        ("c8/idle-close=1", "--idle-close must be between 10 and 3600000 ms"),
        ("c8/tls/h2/refuse=5", "go with HTTP/1.1"),
        ("c8/tls/tls", "tls twice"),
        ("c8/rtt1/rtt2", "rtt twice"),
        ("c8/rtt10001", "--rtt must be between 0 and 10000 ms"),
        ("c8/rtt1/jitter=2", "--jitter must be between 0 and the round trip's 1 ms"),
        ("c8/bandwidth=0", "--bandwidth must be between 1k and 100g bits a second, not 0"),
        ("c8/bandwidth=fast", "write bits a second: 500k, 10m, 1g"),
        ("c8/trust=default", "--trust default needs --tls"),
        ("c8/tls/trust=mine", "trust is one of own, default, not 'mine'"),
        ("c8/by-name/rtt5", "only localhost has a name"),
        ("c8/by-name/hosts=2", "only localhost has a name"),
        ("c8/stall=5", "write milliseconds/seconds"),
        ("c8/stall=5000@5", "must be shorter than its period"),
        ("c8/d1/d2", "delay twice"),
    ],
)
def test_a_bad_label_says_what_is_wrong(label: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_label(label)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"delay_ms": float("nan")},
        {"delay_ms": -1},
        {"size_bytes": -1},
        {"limit": -5},
        {"rtt_ms": -1},
        {"rtt_ms": float("nan")},
    ],
)
def test_values_that_make_no_sense_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ScenarioError):
        Scenario(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("label", ["c1/0", "c1/1500", "c1/64k", "c1/2m", "c1/1k/d0.25", "c1/100/d2.125"])
def test_the_origin_serves_the_path_with_the_size_that_the_label_says(label: str, origin: OriginProcess) -> None:
    from urllib.request import urlopen

    scenario = parse_label(label)
    with urlopen(origin.ready.base_url + path_of(scenario), timeout=10) as answer:
        assert len(answer.read()) == scenario.size_bytes


def test_a_limit_of_streams_is_in_the_label_and_needs_http2() -> None:
    scenario = Scenario(concurrency=64, tls=True, http2=True, h2_streams=10)
    assert "h2-streams=10" in label_of(scenario).split("/")
    assert parse_label(label_of(scenario)) == scenario
    with pytest.raises(ScenarioError, match="--h2-streams needs --http2"):
        Scenario(concurrency=64, h2_streams=10)
