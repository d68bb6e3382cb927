"""Looking at the frames of threads leaves nothing behind: what a program lets go of is gone at once, no garbage is collected
meanwhile, and the program's own choice is kept."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

import clientprof
from clientprof.probes.live_codes import live_codes
from clientprof.probes.stack_walks import frames_of_others, no_collections


class Thing:
    """What a function of the program has in a variable."""


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def looks() -> None:
    frames: dict[int, FrameType] = frames_of_others()
    assert threading.get_ident() not in frames


@pytest.mark.parametrize("look", [looks, live_codes])
def test_variables_do_not_outlive_their_function_because_somebody_looked(
    look: Callable[[], object], uncollected: None
) -> None:
    def called() -> "weakref.ref[Thing]":
        thing = Thing()
        look()
        return weakref.ref(thing)

    assert called()() is None


def test_frames_of_threads_are_asked_for_in_one_place() -> None:
    sources = Path(clientprof.__file__).parent.rglob("*.py")
    assert [file.name for file in sources if "_current_frames" in file.read_text()] == ["stack_walks.py"]


@pytest.mark.parametrize("collects", [True, False])
def test_collections_stop_inside_and_are_as_they_were_afterwards(collects: bool) -> None:
    before = gc.isenabled()
    (gc.enable if collects else gc.disable)()
    try:
        with no_collections():
            assert not gc.isenabled()
        assert gc.isenabled() is collects
    finally:
        (gc.enable if before else gc.disable)()
