"""The history that a search halves: releases in a line, commits with merges, steps that cannot be measured."""

import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.experiments.differences.history import History, line


def behind(step: str, parents: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The step and all that lie behind it."""
    found, pending = set[str](), [step]
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += parents.get(one, ())
    return found


def search(history: History, culprit: str, broken: frozenset[str] = frozenset()) -> int:
    """Search where a step is like the bad end if the culprit lies in it or behind it; the number of tries."""
    parents, tries = dict(history.parents), 0
    while (step := history.next()) is not None:
        tries += 1
        assert tries <= len(parents)
        if step in broken:
            history.skip(step, "does not build")
        else:
            history.take(step, like_bad=culprit in behind(step, parents))
    return tries


@given(st.integers(2, 200), st.data())
def test_a_line_is_searched_in_as_many_tries_as_halving_takes(length: int, data: st.DataObject) -> None:
    steps = tuple(str(number) for number in range(length))
    culprit = data.draw(st.sampled_from(steps[1:]))
    history = line(steps)
    tries = search(history, culprit)
    assert (history.bad, history.suspects) == (culprit, ())
    assert history.before()[0] == steps[int(culprit) - 1]
    assert tries <= (length - 1).bit_length()


@st.composite
def branched(draw: st.DrawFn) -> tuple[dict[str, tuple[str, ...]], str]:
    """Commits with one or two parents each, ends included, and one of them at which the change came."""
    length = draw(st.integers(2, 40))
    generator = random.Random(draw(st.integers(0, 10_000)))
    parents: dict[str, tuple[str, ...]] = {}
    for number in range(1, length):
        earlier = [f"{one}" for one in range(number)]
        several = generator.random() < 0.3 and number > 2
        parents[str(number)] = tuple(generator.sample(earlier, 2)) if several else (earlier[-1],)
    bad = str(length - 1)
    kept = behind(bad, parents) - {"0"}
    return {step: row for step, row in parents.items() if step in kept}, bad


@given(branched(), st.data())
def test_among_merges_the_commit_that_brought_the_change_is_found(
    made: tuple[dict[str, tuple[str, ...]], str], data: st.DataObject
) -> None:
    parents, bad = made
    culprit = data.draw(st.sampled_from(list(parents)))
    history = History("0", bad, parents)
    search(history, culprit)
    assert (history.bad, history.left, history.suspects) == (culprit, (culprit,), ())
    assert set(history.before()) <= {*parents[culprit], "0"}


@given(branched(), st.data())
def test_what_cannot_be_measured_is_a_suspect_only_where_it_may_have_brought_the_change(
    made: tuple[dict[str, tuple[str, ...]], str], data: st.DataObject
) -> None:
    parents, bad = made
    culprit = data.draw(st.sampled_from(list(parents)))
    broken = frozenset(data.draw(st.sets(st.sampled_from(list(parents))))) - {bad}
    history = History("0", bad, parents)
    search(history, culprit, broken)
    assert culprit in {history.bad, *history.suspects}
    assert culprit in behind(history.bad, parents)
    assert set(history.suspects) <= broken
    assert not set(history.before()) & set(history.skipped)


def test_a_step_beside_the_middle_is_tried_where_the_middle_does_not_build() -> None:
    history = line(("1", "2", "3", "4", "5"))
    first = history.next()
    assert first in ("2", "3", "4")
    history.skip(first, "does not build")
    assert history.next() not in (None, first)


@pytest.mark.parametrize("culprit", ["2", "3"])
def test_releases_leave_out_a_step_and_say_that_it_may_be_the_one(culprit: str) -> None:
    history = line(("1", "2", "3"))
    search(history, culprit, frozenset({"2"}))
    assert (history.bad, history.suspects, history.before()) == ("3", ("2",), ("1",))
