"""Whatever the events say, and in whatever order: no time is lost, none is counted twice."""

from hypothesis import given
from hypothesis import strategies as st

from clientprof.attribution.ledger.events import Event, KnownMarks, ServerStamps
from clientprof.attribution.ledger.phase_segments import cut
from clientprof.model.phases import Mark

instants = st.integers(-50, 250)
events = st.lists(st.tuples(instants, st.sampled_from([*Mark, *Event]).map(int)), max_size=25)
stamps = st.none() | st.builds(ServerStamps, instants, instants, instants)
marks = st.builds(KnownMarks, st.booleans(), st.booleans(), st.booleans())
bounds = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(sorted)


@given(bounds, events, stamps, marks, st.tuples(st.booleans(), st.booleans()))
def test_segments_follow_each_other_without_gap_or_overlap_from_start_to_end(
    bound: list[int],
    happened: list[tuple[int, int]],
    server: ServerStamps | None,
    known: KnownMarks,
    kind: tuple[bool, bool],
) -> None:
    started, ended = bound
    answered, in_order = kind
    if in_order:
        happened = sorted(happened)
    segments = cut(started, ended, happened, server, known, answered=answered)
    edges = [started, *(end for _, _, end in segments)]
    assert [start for _, start, _ in segments] == edges[:-1]
    assert edges[-1] == ended
    assert all(end > start for _, start, end in segments)


@given(bounds, events, marks)
def test_the_server_s_phases_need_the_server_s_stamps(
    bound: list[int], happened: list[tuple[int, int]], known: KnownMarks
) -> None:
    found = {phase for phase, _, _ in cut(*bound, sorted(happened), None, known)}
    assert not found & {"uplink", "server", "downlink", "loop"}


@given(bounds, events, st.tuples(instants, instants, instants).map(sorted), marks)
def test_stamps_split_time_but_move_no_other_phase(
    bound: list[int], happened: list[tuple[int, int]], server: list[int], known: KnownMarks
) -> None:
    parts = ("wait", "uplink", "server", "downlink", "loop")
    # Reads before the server's write are tickets: without any read the machine runs alike with and without stamps.
    quiet = sorted(event for event in happened if event[1] != Event.READ)
    with_stamps = cut(*bound, quiet, ServerStamps(*server), known)
    without = cut(*bound, quiet, None, known)
    assert [s for s in with_stamps if s[0] not in parts] == [s for s in without if s[0] not in parts]
