"""Over a link, by either means: it takes its time everywhere, and the server's account stays true.

Times are held against lower bounds alone: on a busy machine all takes longer, and nothing may be earlier.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from clientprof.model.network import LinkMeans, Network
from clientprof.origin.network.link_handle import LinkHandle
from clientprof.origin.options import Options
from clientprof.origin.process import OriginError, OriginProcess
from clientprof.origin.routing.expected import expected
from origin_wire import eventually, settled

RTT_S = 0.06
CLIENT = Path(__file__).with_name("link_client.py")


@cache
def packets_possible() -> bool:
    link = LinkHandle(Network(1.0), means=LinkMeans.PACKETS)
    try:
        link.start()
    except OriginError:
        return False
    finally:
        link.close()
    return True


@pytest.fixture(scope="module", params=list(LinkMeans))
def means(request: pytest.FixtureRequest) -> LinkMeans:
    if request.param is LinkMeans.PACKETS and not packets_possible():
        pytest.skip("no private network may be made here")
    return LinkMeans(request.param)


@pytest.fixture(scope="module")
def linked(means: LinkMeans) -> Iterator[OriginProcess]:
    with OriginProcess(network=Network(RTT_S * 1000), means=means) as running:
        yield running


@pytest.fixture(scope="module")
def secure(means: LinkMeans) -> Iterator[OriginProcess]:
    network = Network(RTT_S * 1000)
    with OriginProcess(
        Options(tls=True, hosts=70, max_requests_per_connection=3), network=network, means=means
    ) as running:
        yield running


def played(origin: OriginProcess, script: str, host: int = 0) -> Any:
    ready = origin.ready
    end = urlsplit(ready.base_urls[host])
    command = [
        *ready.within,
        sys.executable,
        str(CLIENT),
        str(end.hostname),
        str(end.port),
        ready.ca_file or "",
        script,
    ]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_round_trip_is_in_each_request_half_of_it_each_way(linked: OriginProcess) -> None:
    for took in played(linked, "timed")["asked"]:
        assert took["up"] >= RTT_S / 2
        assert took["down"] >= RTT_S / 2
        assert took["all"] >= RTT_S


def test_connecting_and_the_first_request_take_two_round_trips(linked: OriginProcess, means: LinkMeans) -> None:
    took = played(linked, "timed")
    assert took["connect"] + took["asked"][0]["all"] >= 2 * RTT_S
    if means is LinkMeans.PACKETS:
        assert took["connect"] >= RTT_S


def test_a_tls_handshake_takes_a_round_trip_of_its_own(secure: OriginProcess, means: LinkMeans) -> None:
    took = played(secure, "timed")
    assert took["tls"] >= RTT_S * (1 if means is LinkMeans.PACKETS else 2)
    assert took["connect"] + took["tls"] + took["asked"][0]["all"] >= 3 * RTT_S


def test_the_server_counts_the_clients_connections_requests_and_handshakes(secure: OriginProcess) -> None:
    before = settled(secure)
    played(secure, "many", host=69)
    after = settled(secure)
    after.self_check()
    counted = after.since(before)
    assert (counted.accepts, counted.handshakes, counted.requests) == (6, 6, 6)
    assert counted.closes == {"client": 6}


def test_the_servers_log_has_the_clients_own_ports(linked: OriginProcess) -> None:
    port = played(linked, "timed")["port"]
    assert eventually(lambda: linked.connections().connections[-1].port == port)


def test_a_close_by_the_server_reaches_the_client_and_is_the_servers(secure: OriginProcess) -> None:
    before = settled(secure)
    played(secure, "timed")  # three requests, and the server closes after three
    assert settled(secure).since(before).closes == {"policy": 1}


def test_a_reset_by_the_client_reaches_the_server_with_its_request_unanswered(linked: OriginProcess) -> None:
    before = settled(linked)
    played(linked, "reset_by_client")
    counted = settled(linked).since(before)
    assert (counted.closes, counted.dropped, counted.responses) == ({"client": 1}, 1, 1)


def test_a_client_that_has_said_all_it_has_to_say_still_gets_its_answer(linked: OriginProcess) -> None:
    told = played(linked, "half_closed")
    assert (told["status"], told["body"]) == (200, 1024)


def test_bytes_arrive_whole_and_in_order_through_a_narrow_link_with_jitter(means: LinkMeans) -> None:
    network = Network(4.0, jitter_ms=2.0, bits_per_s=40_000_000)
    with OriginProcess(network=network, means=means) as running:
        told = played(running, "large")
        assert told["sha256"] == expected("/2m").sha256
        assert told["all"] >= 2 * 1024 * 1024 * 8 / 40_000_000
        assert running.link is not None
        account = running.link.account()
    assert account.connections == 1
    assert account.carried_bytes >= 2 * 1024 * 1024


def test_connections_of_a_server_that_is_gone_end(means: LinkMeans) -> None:
    with OriginProcess(network=Network(2.0), means=means) as running:
        assert running.link is not None
        played(running, "timed")
        running.close()
        assert not running.link.alive()


def test_what_cannot_be_made_is_said() -> None:
    link = LinkHandle(Network(1.0), cpu=None, means=LinkMeans.STREAMS)
    try:
        started = link.start()
        assert (started.means, started.why_not, started.within) == (LinkMeans.STREAMS, "asked for", ())
    finally:
        link.close()


# What may be refused after the process has moved: the map of users (Ubuntu), the device (containers), its set-up, nsenter.
HALF_WAY = {
    "device": "private_network._open_device = refuse",
    "set-up": "private_network._configure = refuse",
    "nothing": "private_network._unshare = lambda: False; private_network._open_device = refuse",
    "no-nsenter": "private_network._ENTER = 'no-such-command'",
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has private networks")
@pytest.mark.parametrize("refused", HALF_WAY)
def test_a_private_network_that_is_refused_half_way_leaves_the_process_where_it_was(refused: str) -> None:
    script = f"""
import os
from clientprof.origin.network import private_network

def refuse(*_):
    raise PermissionError(1, "Operation not permitted")

def where():
    return [os.readlink(f"/proc/self/ns/{{name}}") for name in ("net", "user")]

{HALF_WAY[refused]}
before = where()
try:
    private_network.make_private_network()
except private_network.NoPrivateNetwork as error:
    print(error)
assert where() == before
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert "not permitted" in ran.stdout or "not installed" in ran.stdout


# Root may read all files, and without its capabilities it may do nothing else; as a user has it where both are refused.
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root, to give it up"
)
def test_without_any_right_a_link_of_streams_is_reached_and_says_why_it_is_one() -> None:
    script = """
import json, urllib.request
from clientprof.model.network import Network
from clientprof.origin.process import OriginProcess
with OriginProcess(network=Network(20.0)) as origin:
    body = urllib.request.urlopen(f"{origin.ready.base_url}/10", timeout=20).read()
    print(json.dumps([len(body), origin.link.started.means, origin.link.started.why_not]))
"""
    ran = subprocess.run([*WITHOUT_RIGHTS, sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    size, means, why_not = json.loads(ran.stdout)
    assert (size, means) == (10, LinkMeans.STREAMS)
    assert why_not
