"""What to do about several causes, as the terminal and the page say it."""

from dataclasses import replace

import pytest

from clientprof.report.writing.answer_lines import steps_of
from sample_result import sample_causes


@pytest.mark.parametrize(("warnings", "given"), [(("x", "x"), ["x", ""]), (("x", "y"), ["x", "y"])])
def test_a_warning_that_two_causes_share_is_given_once(warnings: tuple[str, ...], given: list[str]) -> None:
    (first, *_) = sample_causes()
    causes = [replace(first, remedy="Do it.", warning=warning) for warning in warnings]
    assert [step.warning for step in steps_of(causes)] == given
