"""What to do about several causes, as the terminal and the page say it."""

from dataclasses import replace

import pytest

from clientprof.report.writing.answer_lines import joined_reasons, steps_of, timed_cause
from sample_result import sample_causes


@pytest.mark.parametrize(("warnings", "given"), [(("x", "x"), ["x", ""]), (("x", "y"), ["x", "y"])])
def test_a_warning_that_two_causes_share_is_given_once(warnings: tuple[str, ...], given: list[str]) -> None:
    (first, *_) = sample_causes()
    remedies = ("Do it.", "Do that.")
    causes = [
        replace(first, remedy=remedy, warning=warning) for remedy, warning in zip(remedies, warnings, strict=True)
    ]
    assert [step.warning for step in steps_of(causes)] == given


def test_a_remedy_that_causes_share_is_given_once_and_leaves_room_for_another() -> None:
    (first, *_) = sample_causes()
    causes = [replace(first, remedy=remedy) for remedy in ("", "Do it.", "Do it.", "Do that.")]
    assert [step.text.partition(".")[0] for step in steps_of(causes)] == ["Do it", "Do that"]


def test_the_title_of_a_cause_does_not_claim_the_cost_of_the_whole_cause() -> None:
    """The title is of one finding, the time of all that belong to the cause."""
    first = replace(sample_causes()[0], title="The pool takes 16.0 % of the loop", time_us_per_request=26_500.0)
    said = timed_cause(first).replace("\u00a0", " ")
    assert said == (
        "The pool takes 16.0 % of the loop. This cause takes 26.5 ms per request of the program, waiting included."
    )
    assert timed_cause(replace(first, time_us_per_request=None)) == "The pool takes 16.0 % of the loop."


def test_reasons_that_are_sentences_stand_one_after_another_without_a_semicolon() -> None:
    assert joined_reasons(("the pool: 3 µs", "the import: 2 µs")) == ("the pool: 3 µs", "; the import: 2 µs")
    assert joined_reasons(("The pool waits.", "An import fails.")) == ("The pool waits.", " An import fails.")
