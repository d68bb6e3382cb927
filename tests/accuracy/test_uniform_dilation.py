"""A client that gets dearer in all its layers alike is reported with the shares that it had."""

import pytest

from clientprof.proof.checks.dilation import CPU_S, dilated
from verdict_rules import settle

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("client", CPU_S)
def test_layers_that_get_dearer_alike_keep_their_shares(client: str) -> None:
    settle(dilated(client, CPU_S[client], seed=1))
