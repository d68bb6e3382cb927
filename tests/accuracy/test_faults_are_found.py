"""The checks fail when the analysis is broken on purpose: measured once, judged right and wrong."""

import numpy as np
import pytest

from clientprof.attribution.costs.stacks import ClassifiedStack, StackTable
from clientprof.attribution.ledger import loop_ledger as ledger_module
from clientprof.attribution.ledger.states import States, states_of
from clientprof.cli import main
from clientprof.model.run import Run
from clientprof.proof.checks.blame import blamed, held
from clientprof.proof.checks.result import Outcome
from clientprof.proof.checks.slow_downs import SHORT, judge
from clientprof.proof.planting.account import account_of
from clientprof.proof.planting.moved import CHUNKS, Moved, move
from clientprof.proof.planting.orders import BlockOrder
from clientprof.proof.planting.slopes import slopes

BLOCK = BlockOrder(count=1, block_ns=100_000_000, after_ns=250_000_000)


@pytest.fixture(scope="module")
def moved() -> Moved:
    return move("aiohttp", "parser", "read", cpu_s=1.0)


@pytest.fixture(scope="module")
def blocked() -> Run:
    """Whose blocks met an answer on its way, which a busy machine may prevent."""
    for seed in range(1, 9):
        run = held("aiohttp", BLOCK, 16, 1, seed=seed)
        if blamed(run, BLOCK).verdict is not Outcome.INCONCLUSIVE:
            break
    return run


def planted_slopes(moved: Moved) -> list[float]:
    return [row.value for row in moved.slopes if row.expected]


def judge_by_the_outermost_boundary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break the rule that a stack's owner is its innermost boundary."""
    right = StackTable._classify

    def outermost(self: StackTable, frames: object) -> ClassifiedStack:
        stack = right(self, frames)
        owner = next((self._boundary[n] for n in stack.frames if self._boundary[n] is not None), stack.owner)
        return ClassifiedStack(stack.frames, stack.layers, owner, stack.work, stack.named)

    monkeypatch.setattr(StackTable, "_classify", outermost)


def test_planted_slow_downs_are_found_in_their_layers(moved: Moved) -> None:
    # Loose on purpose: the accuracy itself is the slow tests' business.
    assert planted_slopes(moved) == pytest.approx([1.0, 1.0], abs=0.4)


def test_the_outermost_boundary_instead_of_the_innermost_is_found(
    moved: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_by_the_outermost_boundary(monkeypatch)
    account = account_of(moved.run, 2, CHUNKS)
    wrong = Moved(moved.client, moved.names, moved.plants, account, slopes(account, moved.plants), moved.run)
    assert Outcome.FAIL in {result.verdict for result in judge(wrong, SHORT)}


def test_ready_time_is_blamed_on_the_holder_of_the_loop(blocked: Run) -> None:
    assert blamed(blocked, BLOCK).verdict is Outcome.PASS


def test_ready_time_that_is_not_counted_is_found(blocked: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def never_ready(started: object, enqueued: "np.typing.NDArray[np.int64]", owner: object) -> States:
        return states_of(started, np.zeros_like(enqueued), owner)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger_module, "states_of", never_ready)
    assert blamed(blocked, BLOCK).verdict is Outcome.FAIL


@pytest.mark.slow
def test_selfcheck_says_that_the_attribution_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge_by_the_outermost_boundary(monkeypatch)
    assert main(["selfcheck", "--only", "slow-downs-quick"]) == 1
    assert "fail" in capsys.readouterr().out
