"""What a thread does between two calls of an exchange, such as ``request`` and ``getresponse``, is not the exchange's."""

import pytest

from clientprof.attribution.ledger.thread_ledger import ThreadClocks
from clientprof.model.phases import Phase
from clientprof.model.run import Blocking
from recordings import columns, run_of

MS = 1_000_000


def test_an_exchange_stands_still_between_its_calls_whatever_is_computed_meanwhile() -> None:
    """A call of 10 ms that computes for 2, a pause of 50 that computes for 45, and a call of 40 that computes for 3."""
    spent = [("exchange", ("started_ns", "ended_ns", "cpu_started_ns", "cpu_ns"), [(0, 100 * MS, 7 * MS, 50 * MS)])]
    pause = (10 * MS, 60 * MS, 9 * MS, 54 * MS, 0, int(Blocking.PAUSE))
    names = ("started_ns", "ended_ns", "started_cpu_ns", "ended_cpu_ns", "exchange", "kind")
    run = run_of(*(columns(*each) for each in spent), columns("span", names, [pause]), lens="program", loop="threads")
    parts = [(Phase.PREPARE, 0, 10 * MS), (Phase.WAIT, 10 * MS, 60 * MS), (Phase.BODY, 60 * MS, 100 * MS)]
    ran, waited = ThreadClocks(run).states(0, 0, 100 * MS, parts, None)
    assert ran.tolist() == pytest.approx([2 * MS, 0, 3 * MS])
    assert waited.tolist() == pytest.approx([0, 50 * MS, 0])
