"""Whose interpreter is whose stands at the top where they differ; what differs unasked is warned of."""

from dataclasses import replace

import pytest

from arms import sampled, times
from client_results import client
from clientprof.attribution.differences.gap import matched
from clientprof.attribution.notices.interpreters import environment_of, interpreter_notices
from clientprof.model.differences.between_arms import Followed
from clientprof.model.provenance.interpreter import GROUP, OF_CLIENTPROF, InterpreterFacts
from clientprof.model.recording import Manifest
from clientprof.model.results import Setting
from recordings import TURN, code, recording_of, run_of

OLD = InterpreterFacts("CPython", "3.11.7", "GCC 12.2.0", "-O3", lto=False, pgo=False)
NEW = InterpreterFacts("CPython", "3.14.10", "GCC 16.2.0", "-O2", jit_built=True, jit=False)
SLOW = replace(OLD, optimisation="-O0", debug=True)
SYSTEM = ("machine", "system", "Linux")
RUN_11, RUN_14 = run_of(client="httpx@py3.11", interpreter=OLD), run_of(client="httpx@py3.14", interpreter=NEW)


def manifest(own: InterpreterFacts = OLD) -> Manifest:
    rows = (("interpreter", "python", f"CPython {own.version}"), ("interpreter", "build", own.build), SYSTEM)
    return replace(recording_of(RUN_11).manifest, environment=rows)


def test_each_arm_s_interpreter_stands_first_where_they_differ() -> None:
    first, second, *rest = environment_of(manifest(), [RUN_11, RUN_14], ["httpx@py3.14", "httpx@py3.11"])
    assert first == Setting(GROUP, "httpx@py3.14", NEW.text)
    assert second == Setting(GROUP, "httpx@py3.11", OLD.text)
    # The one that clientprof runs on is not taken for a client's.
    assert [row.group for row in rest] == [OF_CLIENTPROF, OF_CLIENTPROF, "machine"]


def test_one_interpreter_that_is_clientprof_s_own_is_told_once() -> None:
    assert environment_of(manifest(), [RUN_11], ["httpx@py3.11"]) == tuple(Setting(*r) for r in manifest().environment)
    assert environment_of(manifest(NEW), [RUN_11], ["httpx@py3.11"])[0].value == OLD.text


def test_older_recordings_keep_their_environment_as_it_is() -> None:
    rows = environment_of(manifest(), [run_of(client="httpx")], ["httpx"])
    assert [row.group for row in rows] == ["interpreter", "interpreter", "machine"]


@pytest.mark.parametrize(
    ("names", "said"),
    [(("httpx", "aiohttp"), ["builds-differ"]), (("httpx@py3.11", "aiohttp"), []), (("httpx", "aiohttp@py:x"), [])],
)
def test_another_build_is_warned_of_unless_it_was_asked_for(names: tuple[str, str], said: list[str]) -> None:
    runs = [run_of(client=name, interpreter=facts) for name, facts in zip(names, (OLD, SLOW), strict=True)]
    arms = [client(name=name, interpreter=facts) for name, facts in zip(names, (OLD, SLOW), strict=True)]
    assert [notice.id for notice in interpreter_notices(runs, arms)] == said


def test_an_interpreter_that_changed_between_the_runs_of_one_client_is_told() -> None:
    runs = [run_of(client="httpx", interpreter=facts) for facts in (OLD, SLOW)]
    (notice,) = interpreter_notices(runs, [client(interpreter=OLD)])
    assert notice.id == "interpreter-changed"
    assert SLOW.text in notice.text


@pytest.mark.parametrize(
    ("packages", "followed"),
    [({"x": "1.0"}, Followed.ALONE), ({"x": "1.1"}, Followed.MOVED_CLASS), ({}, Followed.MOVED_CLASS)],
)
def test_functions_of_a_package_are_followed_only_where_its_versions_differ(
    packages: dict[str, str], followed: Followed
) -> None:
    walk, moved = code("x.pool", "Pool.walk", line=50), code("x.pool", "BasePool.walk", line=60)
    one = sampled((10.0,), stacks=((TURN, walk),), packages={"x": "1.0"})
    two = sampled((10.0,), stacks=((TURN, moved),), packages=packages)
    rows = [row for row in matched(times(one), times(two)).matches if row.location.module == "x.pool"]
    assert {row.followed for row in rows} == {followed}
