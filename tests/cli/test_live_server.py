"""The live view's page: read by whoever has its address, and by nobody else; streams end with the measurement."""

import http.client
import json
from urllib.parse import urlsplit

from clientprof.cli.console.live_server import LiveServer
from clientprof.model.programs.live import LiveHolder, LiveLook, LiveSite

LOOK = LiveLook(
    12.0, 1_234, 7, 99.5, 64, 3, 0.97, 12.3, 4.56,
    (LiveSite("app.py:41", "fetch", "httpx", 50.0, 20.5, 7),), (LiveHolder("route GET /price", 0.5),),
)  # fmt: skip


def asked(server: LiveServer, path: str, host: str | None = None) -> http.client.HTTPResponse:
    """The answer to a GET; its body is still to be read."""
    port = urlsplit(server.url).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={} if host is None else {"Host": host})
    return connection.getresponse()


def events(answer: http.client.HTTPResponse) -> list[bytes]:
    """All that a stream sends until it ends."""
    return [part.strip() for part in answer.read().split(b"\n\n") if part.strip()]


def test_a_stream_begins_with_what_is_known_and_ends_with_the_measurement() -> None:
    with LiveServer("app.py") as server:
        server.publish(LOOK)
        answer = asked(server, f"{server.path}events")
        assert answer.status == 200
        assert answer.getheader("Content-Type") == "text/event-stream"
        first = answer.readline()
    found = json.loads(first.removeprefix(b"data: "))
    assert found["title"] == "app.py, 12 s"
    assert ["requests", "1,234"] in found["figures"]
    assert found["sites"] == [["app.py:41 fetch", "httpx", "50.0", "20.5", "7"]]
    assert found["holders"] == [["route GET /price", "50.0\u00a0%"]]
    assert events(answer)[-1] == b"event: end\ndata:"


def test_what_is_not_known_is_a_dash_and_not_0() -> None:
    unknown = LiveLook(1.0, 0, 0, 0.0, 0, None, None, None, None, (), ())
    with LiveServer("app.py") as server:
        server.publish(unknown)
        found = json.loads(asked(server, f"{server.path}events").readline().removeprefix(b"data: "))
    assert [value for _, value in found["figures"][4:]] == ["\u2013"] * 4


def test_nobody_reads_without_the_address_or_under_the_name_of_another_host() -> None:
    with LiveServer("app.py") as server, LiveServer("app.py") as other:
        assert server.path != other.path
        assert asked(server, server.path).status == 200
        for path in ("/", "/events", other.path, f"{server.path}../", f"{server.path}x"):
            assert asked(server, path).status == 404
        port = urlsplit(server.url).port
        assert asked(server, server.path, f"localhost:{port}").status == 200
        assert asked(server, server.path, f"elsewhere.example:{port}").status == 404


def test_a_stream_without_news_is_told_so() -> None:
    with LiveServer("app.py", quiet_s=0.0) as server:
        assert asked(server, f"{server.path}events").readline() == b": nothing new\n"


def test_only_so_many_pages_are_served_at_once() -> None:
    with LiveServer("app.py") as server:
        open_ones = [asked(server, f"{server.path}events") for _ in range(8)]
        assert asked(server, f"{server.path}events").status == 503
    assert all(one.status == 200 for one in open_ones)
