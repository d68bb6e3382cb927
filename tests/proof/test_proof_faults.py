"""The proof proves something: with one deliberate fault in the analysis it fails."""

from collections.abc import Callable

import numpy as np
import pytest

from clientprof.attribution.costs import stacks
from clientprof.attribution.ledger import exchange_events, loop_time, phase_segments, states
from clientprof.attribution.ledger import loop_ledger as ledger
from clientprof.model.layers import Layer
from clientprof.probes.on_asyncio import stamped_loop, stamped_transport
from clientprof.proof.ledger_proof import prove
from clientprof.proof.plan import ExchangePlan, NoisePlan, Order, Plan

PLANS = tuple(
    Plan(
        tuple(
            ExchangePlan(
                prepare_ns=20_000 + 1_000 * n,
                lock_yields=n % 3,
                rejections=n % 2,
                tls_wait_ns=70_000 if n % 3 else None,
                collect_ns=9_000 if n % 4 == 0 else 0,
                timeout_ns=540_000 if n % 5 == 4 else None,
            )
            for n in range(12)
        ),
        order,
        noise=(NoisePlan(30_000, 300_000), NoisePlan(900_000, 250_000, Layer.DECODE)),
        select_ns=500,
    )
    for order in Order
)


def all_differences() -> list[str]:
    return [difference for plan in PLANS for difference in prove(plan)]


def no_queueing(patch: pytest.MonkeyPatch) -> None:
    def deaf(started: object, enqueued: np.ndarray, owner: object) -> states.States:
        return states.states_of(started, np.zeros_like(enqueued), owner)  # type: ignore[arg-type]

    patch.setattr(ledger, "states_of", deaf)


def blame_on_the_next_layer(patch: pytest.MonkeyPatch) -> None:
    original = loop_time.LoopTime.by_layer
    patch.setattr(loop_time.LoopTime, "by_layer", lambda self, at: np.roll(original(self, at), 1, axis=0))


def outermost_boundary(patch: pytest.MonkeyPatch) -> None:
    original = stacks.StackTable._classify

    def classify(self: stacks.StackTable, innermost_first: list[int]) -> stacks.ClassifiedStack:
        found = original(self, innermost_first)
        outermost = next(layer for n, layer in zip(found.frames, found.layers, strict=True) if self._boundary[n])
        return stacks.ClassifiedStack(found.frames, found.layers, outermost, found.work, found.named)

    patch.setattr(stacks.StackTable, "_classify", classify)


def response_there_when_read(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(exchange_events, "wake_times", lambda run: {})


def rejected_connections_count_as_in_hand(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(phase_segments, "_SETTLES", {})


def only_the_own_queue_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(states, "_earliest_from_here_on", lambda at, who: at + 1)


def reads_belong_to_whoever_connected(patch: pytest.MonkeyPatch) -> None:
    original = stamped_transport.StampedTransport.__init__

    def init(self: object, connection: int, recorder: object, *rest: object, **options: object) -> None:
        original(self, connection, recorder, *rest, **options)  # type: ignore[arg-type]
        self._step_owner = [0]  # type: ignore[attr-defined]

    patch.setattr(stamped_transport.StampedTransport, "__init__", init)


def timers_count_from_their_turn(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(stamped_loop, "_CLOCKS_AGREE", False)


FAULTS = (
    no_queueing,
    blame_on_the_next_layer,
    outermost_boundary,
    response_there_when_read,
    rejected_connections_count_as_in_hand,
    only_the_own_queue_time,
    reads_belong_to_whoever_connected,
    timers_count_from_their_turn,
)


def test_the_plans_are_accounted_for_without_a_fault() -> None:
    assert all_differences() == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_proof_fails_with_a_fault(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    try:
        found = all_differences()
    except AssertionError as broken:  # the ledger's own check found it first
        found = [str(broken)]
    assert found
