"""Workers in lock-step run one at a time in the order asked, each with its own interpreter, and all end whatever happens."""

import itertools
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clientprof.model.run import RoundKind, Run
from clientprof.origin.process import OriginProcess
from clientprof.workload.lockstep import Arm, run_in_turns
from clientprof.workload.process import Event, WorkerError, WorkerTimeout
from clientprof.workload.sequence import WARMUP_REQUESTS
from small_load import TIMEOUT_S, settings_for

pytestmark = pytest.mark.usefixtures("no_process_left")

ORDER = [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]]


def arms(origin: OriginProcess, **changes: Any) -> list[Arm]:
    return [Arm(settings_for(origin, cold=False, arm=f"arm {number}", **changes)) for number in range(3)]


def ignore(_arm: int, _event: Event) -> None:
    """Nothing to do."""


def turns(run: Run) -> list[tuple[int, int]]:
    """The instants at which each turn's rounds began and ended."""
    starts, ends = run.column("round.started_ns"), run.column("round.ended_ns")
    assert set(run.column("round.kind")) == {RoundKind.MEASURED}
    found, first = [], 0
    for rounds in run.column("turn.rounds"):
        found.append((starts[first], ends[first + rounds - 1]))
        first += rounds
    assert first == len(starts)
    return found


def test_one_arm_at_a_time_runs_in_the_order_asked(origin: OriginProcess) -> None:
    runs = run_in_turns(arms(origin), ORDER, 0.005, ignore, timeout_s=TIMEOUT_S)
    assert [run.facts.arm for run in runs] == ["arm 0", "arm 1", "arm 2"]
    assert all(run.facts.complete for run in runs)
    by_arm = [turns(run) for run in runs]
    instants = [by_arm[arm][number] for number, turn in enumerate(ORDER) for arm in turn]
    assert instants == sorted(instants)
    assert all(ended <= began for (_, ended), (began, _) in itertools.pairwise(instants))


def test_a_turn_lasts_as_much_cpu_as_asked_and_one_round_at_least(origin: OriginProcess) -> None:
    long, short = (
        run_in_turns(arms(origin)[:1], [[0]] * 2, cpu_s, ignore, timeout_s=TIMEOUT_S)[0] for cpu_s in (0.1, 0.0)
    )
    assert list(short.column("turn.rounds")) == [1, 1]
    assert sum(long.column("round.cpu_ns")) >= 2 * 100_000_000


def test_no_arm_opens_connections_during_the_turns(origin: OriginProcess) -> None:
    accepted: list[int] = []

    def on_event(arm: int, event: Event) -> None:
        if (arm, event["event"]) in ((2, "turn"), (2, "end")):
            accepted.append(origin.journal().accepts)

    run_in_turns(arms(origin), ORDER, 0.0, on_event, timeout_s=TIMEOUT_S)
    assert accepted[-1] == accepted[0] > 0


def test_turns_with_clients_of_their_own_open_connections_only_in_their_turns(origin: OriginProcess) -> None:
    asked: list[int] = []

    def on_event(arm: int, event: Event) -> None:
        if event["event"] in ("measured", "turn", "end"):
            asked.append(origin.journal().requests)

    (arm,) = arms(origin)[:1]
    before = origin.journal().requests
    (run,) = run_in_turns([arm], [[0]] * 2, 0.0, on_event, timeout_s=TIMEOUT_S, reopen=True)
    rounds = run.column("round.count")
    warm_up, first, second = asked[0] - before, asked[1] - before, asked[2] - asked[1]
    assert first == warm_up == min(WARMUP_REQUESTS, rounds[0])
    assert second == asked[3] - asked[2] == arm.settings.opening + rounds[0]


@pytest.mark.parametrize("moment", ["cold", "turn", "end"])
def test_an_interruption_of_the_parent_ends_all_workers(moment: str, origin: OriginProcess) -> None:
    def interrupt(arm: int, event: Event) -> None:
        if arm == 1 and event["event"] == moment:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_in_turns(arms(origin), ORDER, 0.0, interrupt, timeout_s=TIMEOUT_S)


def test_an_arm_that_crashes_in_its_turn_is_named_and_ends_the_others(origin: OriginProcess, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "readline = sys.stdin.readline\n"
        "lines = []\n"
        "def counted():\n"
        "    lines.append(readline())\n"
        "    if len(lines) == 5:\n"  # settings, cold, measured, first turn, second turn
        "        os._exit(9)\n"
        "    return lines[-1]\n"
        "sys.stdin.readline = counted\n"
    )
    group = arms(origin)
    group[1] = Arm(group[1].settings, environment={"PYTHONPATH": str(tmp_path)})
    told: list[object] = []
    with pytest.raises(WorkerError, match="httpx under the control lens died with exit code 9"):
        run_in_turns(group, ORDER, 0.0, lambda arm, event: told.append((arm, event["event"])), timeout_s=TIMEOUT_S)
    assert told.count((1, "turn")) == 2


def test_an_arm_that_hangs_in_its_turn_is_stopped_at_the_bound(origin: OriginProcess) -> None:
    slow = arms(origin, path="/delay/400/1k", concurrency=1, opening=1)
    with pytest.raises(WorkerError, match="did not end within 3 s and was stopped"):
        run_in_turns(slow, [[0, 1, 2]] * 40, 0.0, ignore, timeout_s=3.0)


@pytest.mark.slow
def test_an_arm_whose_turn_takes_too_long_is_named_and_takes_no_more_of_the_others_time(origin: OriginProcess) -> None:
    group = arms(origin)
    # Its connection takes 20 s to answer; a turn of the others takes milliseconds.
    slow = replace(arms(origin, path="/delay/20000/1k", concurrency=1, opening=0)[0].settings, client="slow")
    group[1] = Arm(slow)
    with pytest.raises(WorkerTimeout, match="slow under the control lens did not end"):
        run_in_turns(group, ORDER, 0.0, ignore, timeout_s=TIMEOUT_S, most_turn_s=4.0)


def test_an_interpreter_that_is_not_there_ends_the_workers_started_before_it(origin: OriginProcess) -> None:
    group = [*arms(origin)[:2], Arm(settings_for(origin), python="/no/such/python")]
    with pytest.raises(WorkerError, match="cannot start python"):
        run_in_turns(group, ORDER, 0.0, ignore, timeout_s=TIMEOUT_S)


def test_each_arm_has_an_interpreter_and_an_environment_of_its_own(origin: OriginProcess, tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nexport CLIENTPROF_TEST=1\nexec {sys.executable} "$@"\n')
    other.chmod(0o755)
    (tmp_path / "sitecustomize.py").write_text(
        "import os\n"
        "if 'CLIENTPROF_TEST' in os.environ:\n"
        "    import clientprof.clients as clients\n"
        "    clients.CLIENTS['renamed'] = clients.CLIENTS['aiohttp']\n"
    )
    renamed = settings_for(origin, cold=False, client="renamed")
    group = [arms(origin)[0], Arm(renamed, python=str(other), environment={"PYTHONPATH": str(tmp_path)})]
    first, second = run_in_turns(group, [[0, 1]], 0.0, ignore, timeout_s=TIMEOUT_S)
    assert (first.facts.client, second.facts.client) == ("httpx", "renamed")
    assert "aiohttp" in second.facts.packages


@pytest.mark.parametrize("turn", [[0, 1], [0, 1, 1], [0, 1, 2, 3]])
def test_a_turn_without_each_arm_once_is_refused(turn: list[int], origin: OriginProcess) -> None:
    with pytest.raises(ValueError, match="each arm once"):
        run_in_turns(arms(origin), [turn], 0.0, ignore, timeout_s=TIMEOUT_S)
