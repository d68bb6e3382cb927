"""Every dataclass of the recording goes to JSON and back unchanged; another shape is an error that names the field."""

import dataclasses
import inspect
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.model import recording, run
from clientprof.model.layers import Layer
from clientprof.model.recording import Manifest
from clientprof.model.run import Counter, OriginTruth, RunFacts
from clientprof.model.samples import Boundary, CodeLocation
from clientprof.recording.dataclass_json import from_json, to_json
from clientprof.workload.load.scenario import Encoding, Loop, Scenario
from clientprof.workload.settings import WorkerSettings
from example_runs import example_facts, example_manifest, example_truth

# Not every combination of a scenario's fields makes sense.
SCENARIOS = st.builds(
    Scenario,
    loop=st.sampled_from(Loop),
    limit=st.none() | st.integers(1),
    encoding=st.none() | st.sampled_from(Encoding),
)
# Runs and recordings hold columns, which are not JSON; every other dataclass of the two modules is.
_WITH_COLUMNS = {"Run", "Recording"}
KINDS = [
    kind
    for name, kind in sorted({**vars(recording), **vars(run)}.items())
    if inspect.isclass(kind) and dataclasses.is_dataclass(kind) and name not in _WITH_COLUMNS
]


def test_the_list_of_kinds_is_not_empty_by_accident() -> None:
    assert {"RunFacts", "Manifest", "Counter", "CallCount", "OriginTruth", "Boundary"} <= {k.__name__ for k in KINDS}


@pytest.mark.parametrize("kind", [*KINDS, WorkerSettings], ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_dataclass_comes_back_equal(kind: type[Any], data: st.DataObject) -> None:
    value = data.draw(st.builds(kind, scenario=SCENARIOS) if kind is WorkerSettings else st.from_type(kind))
    again = from_json(kind, json.loads(json.dumps(to_json(value))))
    # By their reprs, since nan is not equal to itself, and as JSON, since any mapping may come back as a dict.
    assert repr(to_json(again)) == repr(to_json(value))


def test_keys_that_a_newer_writer_added_are_ignored() -> None:
    truth = example_truth()
    assert from_json(OriginTruth, {**to_json(truth), "added_later": 1}) == truth


def test_fields_with_a_default_may_be_missing_others_may_not() -> None:
    counter = Counter("timers", 3, 8, "timers started")
    content = to_json(counter)
    del content["expected"], content["unit"]
    assert from_json(Counter, content) == counter
    del content["total"]
    with pytest.raises(ValueError, match=r"Counter\.total is missing"):
        from_json(Counter, content)


@pytest.mark.parametrize(
    ("kind", "change", "named"),
    [
        (RunFacts, {"block": "first"}, "RunFacts.block"),
        (RunFacts, {"packages": []}, "RunFacts.packages"),
        (RunFacts, {"packages": {"httpx": 1}}, "RunFacts.packages.httpx"),
        (RunFacts, {"codes": {}}, "RunFacts.codes"),
        (RunFacts, {"codes": [3]}, r"RunFacts.codes\[0\]"),
        (RunFacts, {"origin": []}, "RunFacts.origin"),
        (RunFacts, {"complete": 1}, "RunFacts.complete"),
        (Manifest, {"environment": [["a", "b"]]}, r"Manifest.environment\[0\]"),
        (Manifest, {"baseline": 3}, "Manifest.baseline"),
    ],
)
def test_a_field_of_another_type_is_named(kind: type[Any], change: dict[str, object], named: str) -> None:
    whole = to_json(example_facts() if kind is RunFacts else example_manifest())
    with pytest.raises(ValueError, match=named):
        from_json(kind, {**whole, **change})


@pytest.mark.parametrize("content", [None, [], "text", 3])
def test_something_else_than_an_object_is_an_error(content: object) -> None:
    with pytest.raises(ValueError, match="CodeLocation: expected an object"):
        from_json(CodeLocation, content)


def test_an_unknown_layer_is_an_error() -> None:
    content = to_json(Boundary("m", "f", Layer.POOL, True)) | {"layer": "no such layer"}
    with pytest.raises(ValueError, match="no such layer"):
        from_json(Boundary, content)


def test_a_truth_value_is_no_integer() -> None:
    with pytest.raises(ValueError, match=r"OriginTruth\.accepts"):
        from_json(OriginTruth, to_json(example_truth()) | {"accepts": True})
