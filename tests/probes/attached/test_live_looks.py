"""What the live view shows is what the program did in the last seconds; it fits 80 columns."""

from array import array
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from attachable import LOOPS, Attached, program, run
from clientprof.experiments.programs.live.followed import Followed
from clientprof.experiments.programs.live.looks import Looks
from clientprof.model.programs.live import LiveHolder, LiveLook, LiveSite
from clientprof.recording.segments import append_chunk
from clientprof.report.terminal.programs.live import live_line, live_view


@pytest.mark.parametrize("loop", LOOPS)
def test_requests_failures_and_call_sites_are_told_as_they_happen(loop: str, tmp_path: Path) -> None:
    found: list[LiveLook] = []

    async def main() -> None:
        async with program() as made:
            attached = Attached(tmp_path / "folder")
            await attached.attach()
            looks = Looks(attached.folder)
            found.append(looks.look(0.0))
            for _ in range(5):
                await made.use()
            with pytest.raises(httpx.ConnectError):
                await made.client.get("http://127.0.0.1:1/")
            await attached.detach()
            found.append(looks.look(2.0))
            found.append(looks.look(2.5))
            attached.let_go()

    run(loop, main())
    first, second, third = found
    assert (first.requests, first.busy) == (0, None)
    assert (second.requests, second.failed, second.per_s, second.in_flight) == (11, 1, 5.5, 0)
    assert second.waiting == 0
    assert second.busy is not None
    assert 0 < second.busy < 1
    assert second.longest_step_ms is not None
    counts = {(site.function.rpartition(".")[2], site.client): round(2 * site.per_s) for site in second.sites}
    assert counts == {("use", "httpx"): 5, ("use", "aiohttp"): 5, ("main", "httpx"): 1}
    assert [site.failed for site in second.sites if site.function.endswith("main")] == [1]
    assert third.requests == 11


LOOK = LiveLook(
    12.0, 123_456, 7, 1234.5, 640, 12, 0.97, 123.4, 45.6,
    (LiveSite("packages/of/the/program/with/long/names.py:1234", "Class.method", "niquests-async", 999.9, 1234.5, 7),),
    (LiveHolder("route GET /a/path/template/{that}/is/longer/than/the/terminal/is/wide/{and}/more", 0.5),),
)  # fmt: skip


@pytest.mark.parametrize("width", [80, 160])
def test_the_view_fits_and_says_what_is_not_known(width: int) -> None:
    console = Console(width=width, record=True, color_system=None, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(live_view("clientprof attach " + "long " * 40, LOOK, width))
    unknown = LiveLook(3.0, 0, 0, 0.0, 0, None, None, None, None, (), ())
    console.print(live_view("clientprof attach app.py", unknown, width))
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= width
    for words in (
        "123,456",
        "1,234.5",
        "640",
        "97.0\u00a0%",
        "123.4",
        "45.60",
        "niquests-async",
        "999.9",
        "50.0\u00a0%",
    ):
        assert words in text
    assert "not recorded just now" in text
    console.file.close()


def test_where_nothing_can_be_drawn_again_it_is_one_line() -> None:
    assert live_line(LOOK) == (
        "12 s: 123,456 requests (1,234.5 a second), 7 failed, 640 in flight, 12 waiting for a connection, "
        "longest step 123.4 ms"
    )


def test_a_chunk_that_is_half_written_is_read_once_it_is_whole(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    append_chunk(str(whole), {"ended.number": array("q", [1, 2])}, {})
    data = whole.read_bytes()
    whole.unlink()
    path = tmp_path / "1-a.0.1.window"
    followed = Followed(tmp_path)
    for size in (10, len(data) - 1):
        path.write_bytes(data[:size])
        assert followed.new_chunks() == []
    path.write_bytes(data)
    assert [lane for _identity, lane, _columns in followed.new_chunks()] == [0]
    assert followed.new_chunks() == []
