"""niquests gives promises where it multiplexes; whoever looks at one waits for its answer, so nobody may."""

import pytest

from clientprof.clients.programs.observed import Observed
from clientprof.clients.programs.requests_calls import NIQUESTS


class Answered:
    """A response as niquests makes it, ``lazy`` until its answer is here."""

    status_code = 200
    _content = b"four"
    lazy = False


class Promised(Answered):
    lazy = True

    def __getattribute__(self, name: str) -> object:
        assert name in ("lazy", "__class__"), f"a look at {name} waits for the answer"
        return super().__getattribute__(name)


class OfAnOldVersion:
    status_code = 200
    _content = b"four"


@pytest.mark.parametrize("observed", NIQUESTS, ids=lambda observed: observed.client)
def test_nothing_is_asked_of_a_promise(observed: Observed) -> None:
    answer = observed.response(Promised())
    assert (answer.status, answer.body_bytes, answer.open, answer.later) == (0, -1, False, True)


@pytest.mark.parametrize("response", [Answered(), OfAnOldVersion()], ids=["kept", "no promises"])
@pytest.mark.parametrize("observed", NIQUESTS, ids=lambda observed: observed.client)
def test_a_response_that_is_here_says_what_it_is(observed: Observed, response: object) -> None:
    answer = observed.response(response)
    assert (answer.status, answer.body_bytes, answer.open, answer.later) == (200, 4, False, False)
