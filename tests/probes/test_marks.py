"""Marks stamp entry and exit, and the function stays what it was."""

import asyncio
import inspect
from array import array
from collections.abc import Callable
from typing import Any

import pytest

from clientprof.model.phases import Mark
from clientprof.probes.boundary_marks import install_marks, marked
from clientprof.probes.observation_points import MarkSpec, find
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder

ENTER, LEAVE = Mark.POOL_ENQUEUE, Mark.HEADERS
BOTH, ONLY_ENTER, ONLY_LEAVE = (
    MarkSpec("m:f", ENTER, LEAVE),
    MarkSpec("m:f", enter=ENTER),
    MarkSpec("m:f", leave=LEAVE),
)


def plain(value: int) -> int:
    """A function."""
    if value < 0:
        raise ValueError(value)
    return value + 1


async def asynchronous(value: int) -> int:
    """A coroutine function."""
    await asyncio.sleep(0)
    return plain(value)


class Subject:
    @staticmethod
    def static(value: int) -> int:
        return value

    @classmethod
    def made(cls, value: int) -> tuple[type, int]:
        return cls, value

    @property
    def shown(self) -> int:
        return 3


def kinds(recorder: Recorder) -> list[int]:
    return list(recorder.columns()["mark.kind"])


@pytest.mark.parametrize(("spec", "expected"), [(BOTH, [ENTER, LEAVE]), (ONLY_ENTER, [ENTER]), (ONLY_LEAVE, [LEAVE])])
@pytest.mark.parametrize("value", [1, -1], ids=["returns", "raises"])
@pytest.mark.parametrize("function", [plain, asynchronous])
def test_entry_and_exit_are_stamped_also_when_it_raises(
    function: Callable[[int], Any], value: int, spec: MarkSpec, expected: list[int]
) -> None:
    recorder = Recorder()
    wrapped = marked(function, spec, recorder)

    def call() -> Any:
        return asyncio.run(wrapped(value)) if function is asynchronous else wrapped(value)

    if value < 0:
        with pytest.raises(ValueError, match="-1"):
            call()
    else:
        assert call() == 2
    assert kinds(recorder) == expected
    assert list(recorder.columns()["mark.at_ns"]) == sorted(recorder.columns()["mark.at_ns"])


@pytest.mark.parametrize("spec", [BOTH, ONLY_LEAVE])
def test_a_coroutine_function_stays_one_and_a_function_does_not_become_one(spec: MarkSpec) -> None:
    assert inspect.iscoroutinefunction(marked(asynchronous, spec, Recorder()))
    assert not inspect.iscoroutinefunction(marked(plain, spec, Recorder()))


def test_name_docstring_and_signature_are_kept() -> None:
    wrapped = marked(asynchronous, BOTH, Recorder())
    assert (wrapped.__name__, wrapped.__doc__) == (asynchronous.__name__, asynchronous.__doc__)
    assert inspect.signature(wrapped) == inspect.signature(asynchronous)


def test_a_coroutine_closed_half_way_still_leaves() -> None:
    recorder = Recorder()
    coroutine = marked(asynchronous, BOTH, recorder)(1)
    coroutine.send(None)
    coroutine.close()
    assert kinds(recorder) == [ENTER, LEAVE]


def test_a_cancelled_coroutine_still_leaves() -> None:
    recorder = Recorder()

    async def main() -> None:
        task = asyncio.ensure_future(marked(asyncio.sleep, BOTH, recorder)(1))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert kinds(recorder) == [ENTER, LEAVE]


def test_recursion_is_stamped_at_every_level() -> None:
    recorder = Recorder()

    def down(depth: int) -> None:
        if depth:
            wrapped(depth - 1)

    wrapped = marked(down, BOTH, recorder)
    wrapped(2)
    assert kinds(recorder) == [ENTER] * 3 + [LEAVE] * 3


def test_the_exchange_is_the_owner_of_the_loops_current_step() -> None:
    recorder = Recorder()
    wrapped = marked(plain, ONLY_LEAVE, recorder)
    wrapped(1)
    recorder.column("step.owner").extend([4, 9])
    wrapped(1)
    assert recorder.columns()["mark.exchange"] == array("q", [-1, 9])


def test_static_and_class_methods_and_properties_stay_what_they_are() -> None:
    recorder, patches = Recorder(), Patches()
    before = dict(vars(Subject))
    specs = [MarkSpec(f"{__name__}:Subject.{name}", ENTER) for name in ("static", "made", "shown")]
    assert install_marks(specs, recorder, patches) == []
    assert (Subject.static(1), Subject().static(1)) == (1, 1)
    assert (Subject.made(2), Subject().made(2)) == ((Subject, 2), (Subject, 2))
    assert Subject().shown == 3
    assert kinds(recorder) == [ENTER] * 5
    patches.restore()
    assert {name: vars(Subject)[name] is value for name, value in before.items()} == dict.fromkeys(before, True)


def test_a_target_that_does_not_exist_is_named_and_the_others_are_installed() -> None:
    recorder, patches = Recorder(), Patches()
    specs = [MarkSpec("no.such.module:f", ENTER), MarkSpec(f"{__name__}:plain", ENTER), MarkSpec("asyncio:Nope.f")]
    assert install_marks(specs, recorder, patches) == ["no.such.module:f", "asyncio:Nope.f"]
    assert plain(1) == 2
    patches.restore()
    assert kinds(recorder) == [ENTER]


def test_of_alternative_targets_the_first_that_exists_is_taken() -> None:
    seam = find(f"no.such:f | {__name__}:plain | {__name__}:asynchronous")
    assert seam is not None
    assert seam.function is plain
