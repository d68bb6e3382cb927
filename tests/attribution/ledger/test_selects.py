"""Selects that may block are told from those that may not, in files of today and in older ones."""

from clientprof.attribution.ledger.selects import may_block, selects
from clientprof.model.run import Run, StepOwner
from recordings import columns, run_of

SELECT, WAIT, LOOP = int(StepOwner.SELECT), int(StepOwner.WAIT), int(StepOwner.LOOP)


def run(*steps: tuple[int, int]) -> Run:
    """Steps of (enqueued_ns, owner), one every ten nanoseconds."""
    rows = [(10 * number, enqueued, owner) for number, (enqueued, owner) in enumerate(steps)]
    return run_of(columns("step", ("started_ns", "enqueued_ns", "owner"), rows))


def test_a_wait_is_a_select_that_may_block_and_no_callback_is() -> None:
    found = run((0, WAIT), (0, LOOP), (1, 0), (0, SELECT), (1, LOOP))
    assert selects(found).tolist() == [True, False, False, True, False]
    assert may_block(found).tolist() == [True, False, False, False, False]


def test_an_older_file_says_the_same_by_the_time_at_which_a_select_was_queued() -> None:
    older = run((1, SELECT), (0, LOOP), (1, 0), (0, SELECT), (1, LOOP))
    assert selects(older).tolist() == [True, False, False, True, False]
    assert may_block(older).tolist() == [True, False, False, False, False]
