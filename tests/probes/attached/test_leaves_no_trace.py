"""Instruments that come out of a running process leave every attribute, loop, connection and client as it was."""

import asyncio
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from attachable import LOOPS, Attached, Program, everything, program, run
from clientprof.probes.programs.attached import live_asyncio
from clientprof.workload.programs.start import measuring

Seen = dict[Any, Any]


async def through(folder: Path) -> tuple[Seen, Seen, Seen]:
    """What there is before, while and after somebody is attached, a program at work all the time."""
    async with program() as made:
        before = everything(made)
        attached = Attached(folder)
        await attached.attach()
        await made.use()
        await _more(made)
        while_in = everything(made)
        told = await attached.detach()
        assert told["failures"] == []
        await made.use()
        after = everything(made)
        attached.let_go()
        return before, while_in, after


async def _more(made: Program) -> None:
    """A client and a module that come while somebody is attached; the module keeps a function by its own name."""
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(made.url)
    module = ModuleType("came_meanwhile")
    module.getaddrinfo = socket.getaddrinfo  # type: ignore[attr-defined]
    sys.modules["came_meanwhile"] = module


def changed(one: Seen, other: Seen) -> list[Any]:
    return [key for key in one if key in other and one[key] is not other[key] and one[key] != other[key]]


@pytest.mark.parametrize("loop", LOOPS)
def test_all_is_as_before(loop: str, tmp_path: Path) -> None:
    results: list[tuple[Seen, Seen, Seen]] = []
    plain = socket.getaddrinfo

    async def main() -> None:
        results.append(await through(tmp_path / "folder"))

    try:
        run(loop, main())
        assert sys.modules["came_meanwhile"].getaddrinfo is plain
    finally:
        sys.modules.pop("came_meanwhile", None)
    before, while_in, after = results[0]
    assert len(changed(before, while_in)) > 30
    assert not changed(before, after)
    assert not [key for key in after if key not in before and key[0] not in ("protocol", "transport", "reader")]
    assert not measuring


def test_the_comparison_sees_one_attribute_that_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_asyncio, "_OF_LOOP", tuple(set(live_asyncio._OF_LOOP) - {"ran_before"}))
    results: list[tuple[Seen, Seen, Seen]] = []

    async def main() -> None:
        results.append(await through(tmp_path / "folder"))
        vars(asyncio.get_running_loop()).pop("ran_before")

    run("asyncio", main())
    sys.modules.pop("came_meanwhile", None)
    assert changed(results[0][0], results[0][2]) == ["loop"]


@pytest.mark.parametrize("loop", LOOPS)
def test_who_is_gone_without_a_word_is_noticed(loop: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with program() as made:
            before = everything(made)
            attached = Attached(tmp_path / "folder")
            await attached.attach()
            attached.let_go()
            await attached.until("left")
            assert not changed(before, everything(made))

    run(loop, main())


def test_a_loop_that_waits_for_nothing_comes_out_by_itself(tmp_path: Path) -> None:
    async def main() -> None:
        attached = Attached(tmp_path / "folder")
        await attached.attach()
        attached.stop()
        await asyncio.get_running_loop().run_in_executor(None, _until_left, attached)
        attached.let_go()

    run("uvloop", main())


def _until_left(attached: Attached) -> None:
    import time

    for _ in range(500):
        if "left" in attached.said():
            return
        time.sleep(0.01)
    raise AssertionError("never left")
