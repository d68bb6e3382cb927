"""``summary.json`` follows its schema, for whole and for partial results."""

import json

import pytest

from clientprof.report.exporters.summaries.summary import number, to_summary
from partial_results import partial_results
from sample_result import sample_result

_ESTIMATE = {"value", "low", "high", "unit", "n"}


def _keys(value: object) -> set[str]:
    assert isinstance(value, dict)
    return set(value)


def _names(text: str) -> set[str]:
    return set(text.split())


def test_summary_has_the_documented_keys() -> None:
    summary = json.loads(json.dumps(to_summary(sample_result()), allow_nan=False))
    assert summary["schema"] == "clientprof.summary/1"
    assert _names(
        "schema command seed environment workload clients comparisons staircase experiments findings warnings"
    ) <= _keys(summary)
    client = summary["clients"][0]
    assert _names(
        "name version packages control observer layers functions phases off_cpu counters unattributed_share"
    ) <= _keys(client)
    assert _names("wall_s cpu_us_per_request latency_ms ok errors") <= _keys(client["control"])
    assert _names("p50 p90 p99 max") == _keys(client["control"]["latency_ms"])
    assert _names("layer cpu_us_per_request share work") == _keys(client["layers"][0])
    assert _names(
        "layer module function file line self_us_per_request total_us_per_request calls_per_request growth"
    ) <= _keys(client["functions"][0])
    assert _names("phase wall_us cpu_us ready_us wait_us blame cascade") <= _keys(client["phases"][0])
    assert _names("kind layer module function file line origin by phase us_per_request share explained") == _keys(
        client["off_cpu"][0]
    )
    assert _names("baseline candidate metric ratio aa_ratio verdict gap") <= _keys(summary["comparisons"][0])
    assert _names("layer us_per_request share_of_gap") == _keys(summary["comparisons"][0]["gap"][0])
    assert _names("id title layer culprits claim evidence remedy falsifier") <= _keys(summary["findings"][0])
    assert _names("module function permalink") == _keys(summary["findings"][0]["culprits"][0])
    assert _names("id text") <= _keys(summary["warnings"][0])


def test_estimates_have_exactly_the_five_documented_keys() -> None:
    summary = json.loads(json.dumps(to_summary(sample_result())))
    client = summary["clients"][0]
    places = (
        client["control"]["wall_s"],
        client["control"]["cpu_us_per_request"],
        client["observer"]["ledger"],
        client["layers"][0]["cpu_us_per_request"],
        client["phases"][0]["wall_us"],
        client["off_cpu"][0]["us_per_request"],
        summary["comparisons"][0]["ratio"],
        summary["comparisons"][0]["gap"][0]["us_per_request"],
    )
    assert all(_keys(place) == _ESTIMATE for place in places)


def test_counters_are_plain_numbers_by_name() -> None:
    counters = json.loads(json.dumps(to_summary(sample_result())))["clients"][0]["counters"]
    assert counters["pool_passes_per_request"] == 14.2
    assert counters["python_calls_per_request"] == 5630


@pytest.mark.parametrize("name", list(partial_results()))
def test_partial_result_gives_valid_json_with_nulls_for_what_is_absent(name: str) -> None:
    json.loads(json.dumps(to_summary(partial_results()[name]), allow_nan=False))


def test_absent_parts_are_null_not_zero() -> None:
    client = json.loads(json.dumps(to_summary(partial_results()["bare_client"])))["clients"][0]
    assert (client["control"], client["cold"], client["phases"], client["unattributed_share"]) == (None,) * 4


def test_floats_keep_six_significant_digits() -> None:
    assert number(1540.123456) == 1540.12
    assert number(0.000123456789) == 0.000123457
    assert number(float("inf")) is None


def test_cascade_of_the_pool_and_the_cold_rounds_failures_are_exported() -> None:
    client = json.loads(json.dumps(to_summary(sample_result())))["clients"][0]
    cascades = {row["phase"]: row["cascade"] for row in client["phases"]}
    assert {"pool", "import", "server", "nobody"} <= _keys(cascades["pool"])
    assert cascades["send"] == {}
    assert (client["cold"]["most_connections_by_origin"], client["cold"]["errors"]) == (100, {"ConnectTimeout": 3})
