"""A process can be attached to many times: nothing piles up in it, and nothing of one time is taken for the other."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from attachable import LOOPS, Attached, alive, program, run
from clientprof.experiments.programs.gather import Gathered
from clientprof.probes.programs.attached.live_asyncio import LiveTransport
from clientprof.workload.programs.attached import enter
from clientprof.workload.programs.attached.instruments import AttachedInstruments
from clientprof.workload.programs.start import measuring


@pytest.mark.parametrize("loop", LOOPS)
def test_the_instruments_of_earlier_times_are_gone(loop: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with program() as made:
            for number in range(4):
                attached = Attached(tmp_path / str(number))
                await attached.attach()
                await made.use()
                await attached.detach()
                attached.let_go()
                await asyncio.sleep(0)
            await made.use()
            await asyncio.sleep(0.3)
            assert alive(AttachedInstruments) == 0

    run(loop, main())


@pytest.mark.parametrize("loop", LOOPS)
def test_each_time_records_what_it_saw(loop: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with program() as made:
            for number in range(3):
                attached = Attached(tmp_path / str(number))
                await attached.attach()
                for _ in range(2 + number):
                    await made.use()
                await attached.detach()
                attached.let_go()

    run(loop, main())
    for number in range(3):
        gathered = Gathered(tmp_path / str(number))
        runs = gathered.runs()
        assert sum(sum(each.column("slice.ended")) for each in runs) == 2 * (2 + number)
        own = next(each for each in runs if each.facts.loop == loop)
        # Both connections were open before: known, written to and read from, and opened by nobody.
        assert set(own.column("write.connection")) == set(own.column("read.connection")) == {1, 2}
        threads = next(each for each in runs if each.facts.loop == "threads")
        assert set(threads.column("uptime.connections")) == {0}
        # Client objects too, with their settings.
        assert len(threads.column("instance.built_ns")) == 2
        assert {each.limit for each in gathered.tables.settings} == {100}
        assert not gathered.processes()[0].removed


def test_a_second_attach_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        first, second = Attached(tmp_path / "1"), Attached(tmp_path / "2")
        async with program() as made:
            await first.attach()
            enter.attach(str(second.folder), "always 1")
            assert (await second.until("refused"))["why"] == "attached"
            await made.use()
            await first.detach()
        for each in (first, second):
            each.let_go()

    run("asyncio", main())
    assert len(Gathered(tmp_path / "1").tables.peers) == 1


def test_what_traces_the_process_already_is_named_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clientprof.workload.programs.attached.enter.tools_there", lambda: ["pdb by sys.monitoring"])
    attached = Attached(tmp_path / "folder")
    enter.attach(str(attached.folder), "always 1")
    assert attached.said()["refused"] == {"why": "tools", "tools": ["pdb by sys.monitoring"]}
    assert not measuring
    attached.let_go()


def test_a_connection_that_is_read_while_the_instruments_come_out_is_read(tmp_path: Path) -> None:
    # What was recorded has been written, and the loop is given back in its next round: sockets that became readable in this
    # one are read before.
    async def main() -> None:
        async with program() as made:
            attached = Attached(tmp_path / "folder")
            await attached.attach()
            await made.use()
            loop: Any = asyncio.get_running_loop()
            ours = [each for each in loop._transports.values() if isinstance(each, LiveTransport) and each.connection]
            assert ours
            measuring[0].leave()  # type: ignore[attr-defined]
            for transport in ours:
                transport._read_ready()
            await attached.until("left")
            attached.let_go()
            await made.use()

    run("asyncio", main())
