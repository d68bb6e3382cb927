"""What has no exact counts is refused by name, with what has them; and nothing else is."""

import pytest

from clientprof.clients import CLIENTS
from clientprof.experiments.counts.countable import countable_clients, uncountable
from clientprof.workload.load.scenario import Loop, Scenario


@pytest.mark.parametrize(
    ("client", "because"),
    [
        ("rnet", "rnet opens real sockets in native code"),
        ("pyreqwest", "pyreqwest opens real sockets in native code"),
        ("curl-cffi", "curl-cffi opens real sockets in native code"),
        ("pycurl", "pycurl opens real sockets in native code"),
        ("requests", "requests blocks threads"),
        ("httpx-sync", "httpx-sync blocks threads"),
    ],
)
def test_a_client_that_leaves_the_virtual_loop_is_refused_by_name_with_those_that_do_not(
    client: str, because: str
) -> None:
    reason = uncountable(CLIENTS[client], Scenario())
    assert reason is not None
    assert reason.startswith(because)
    assert reason.endswith(f"count works for {', '.join(countable_clients())}")


@pytest.mark.parametrize("client", countable_clients())
def test_every_other_client_is_counted_on_asyncios_loop_alone(client: str) -> None:
    assert uncountable(CLIENTS[client], Scenario()) is None
    for loop in (Loop.UVLOOP, Loop.TRIO):
        assert str(uncountable(CLIENTS[client], Scenario(loop=loop))).startswith(f"--loop {loop} waits in the system")
