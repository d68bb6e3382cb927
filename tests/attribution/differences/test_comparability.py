"""Every difference that makes two measurements not comparable is named, and nothing else is."""

from dataclasses import replace

import pytest

from clientprof.attribution.differences.comparability import Subject, incompatibilities, subject_of
from recordings import control_run, recording_of

PLAIN = Subject(
    name="a",
    workload={"scenario": "c512/1k", "server": "local origin, fast"},
    requests_per_round=frozenset({512}),
    body_sha256=frozenset({"aa" * 32}),
    loop=frozenset({"asyncio"}),
    python=frozenset({"3.11.9"}),
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"workload": {"scenario": "c64/1k"}}, "the scenario differs: c512/1k for a, c64/1k for b"),
        ({"workload": {"server": "another"}}, "the server differs: local origin, fast for a, another for b"),
        ({"requests_per_round": frozenset({64})}, "the requests per round differ: 512 for a, 64 for b"),
        (
            {"body_sha256": frozenset({"bb" * 32})},
            "the answers' contents differ (SHA-256): aaaaaaaaaaaa for a, bbbbbbbbbbbb for b",
        ),
        ({"loop": frozenset({"uvloop"})}, "the event loop differs: asyncio for a, uvloop for b"),
        ({"python": frozenset({"3.14.0"})}, "the interpreter differs: 3.11.9 for a, 3.14.0 for b"),
    ],
)
def test_each_difference_is_one_sentence(change: dict[str, object], said: str) -> None:
    workload = {**PLAIN.workload, **change.get("workload", {})}  # type: ignore[dict-item]
    other = replace(PLAIN, **{**change, "name": "b", "workload": workload})  # type: ignore[arg-type]
    assert incompatibilities([PLAIN, other]) == (said,)


@pytest.mark.parametrize("names", [("a@py3.11", "b@py3.14"), ("a", "b@py3.14"), ("a==1.0@py3.11", "b")])
def test_an_interpreter_that_an_arm_was_asked_to_run_on_is_no_difference(names: tuple[str, str]) -> None:
    left = replace(PLAIN, name=names[0])
    right = replace(PLAIN, name=names[1], python=frozenset({"3.14.0"}))
    assert incompatibilities([left, right]) == ()
    assert incompatibilities([left, replace(right, loop=frozenset({"uvloop"}))]) != ()


def test_equal_subjects_and_what_one_side_does_not_tell_are_comparable() -> None:
    silent = Subject("b", {}, frozenset(), frozenset(), frozenset(), frozenset())
    assert incompatibilities([PLAIN, replace(PLAIN, name="b"), silent]) == ()


def test_another_scenario_is_not_said_twice_by_its_n() -> None:
    other = replace(PLAIN, name="b", workload={"scenario": "c64/1k"}, requests_per_round=frozenset({64}))
    assert incompatibilities([PLAIN, other]) == ("the scenario differs: c512/1k for a, c64/1k for b",)


def test_a_subject_gathers_what_all_runs_of_an_arm_say() -> None:
    found = subject_of(recording_of(control_run(count=4), control_run(count=8)), "httpx")
    assert found.requests_per_round == {1}
    with pytest.raises(ValueError, match="no run of aiohttp"):
        subject_of(recording_of(control_run()), "aiohttp")
