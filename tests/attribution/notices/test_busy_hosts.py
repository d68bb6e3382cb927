"""Blocks of a busy host are told apart by number; those of a quiet one, and of a machine without a name, are not."""

from array import array
from dataclasses import replace

from clientprof.attribution.notices.busy_hosts import busy_blocks
from clientprof.model.run import Run
from recordings import control_run


def block(number: int, host: str, per_s: int) -> list[Run]:
    """Two arms whose rounds take 0.4 s each and are interrupted so often a second."""
    runs = [control_run(100_000.0, arm, block=number) for arm in ("httpx", "aiohttp")]
    return [
        Run(replace(run.facts, host=host), {**run.columns, "round.involuntary": array("q", [per_s * 4 // 10])})
        for run in runs
    ]


def test_busy_blocks_are_named_with_their_host_and_how_often_they_were_interrupted() -> None:
    runs = [*block(0, "host a", 20), *block(1, "host b", 30), *block(2, "host a", 600), *block(3, "host a", 900)]
    (notice,) = busy_blocks(runs)
    assert notice.id == "busy-host"
    assert notice.text == (
        "host a ran other programs during blocks 3, 4: they interrupted the clients up to 900 times a second."
    )


def test_a_host_that_was_busy_all_the_time_is_said_to_be() -> None:
    (notice,) = busy_blocks(block(0, "host a", 500))
    assert "all of its blocks" in notice.text


def test_a_quiet_host_and_a_machine_without_a_name_have_no_such_blocks() -> None:
    assert list(busy_blocks([*block(0, "host a", 99), *block(1, "", 900)])) == []
