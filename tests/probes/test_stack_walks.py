"""No garbage is collected while stacks of other threads are walked, and the program's own choice is kept."""

import gc

import pytest

from clientprof.probes.stack_walks import no_collections


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
