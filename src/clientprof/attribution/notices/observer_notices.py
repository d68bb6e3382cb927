"""When looking cost too much to be believed, or too much for a program that is to run as before.

A client that computes is held against a ratio. One that waits nearly all of the time is not: nothing but the loop's own
turns happens there, and twice next to nothing is next to nothing. It is held against a core. The two budgets meet where a
tenth of the client's CPU is that share of a core.
"""

from collections.abc import Iterator

from clientprof.model.estimate import Estimate
from clientprof.model.figures import percent, percent_bound
from clientprof.model.findings import Notice
from clientprof.model.results import ClientResult

BUDGET = 1.10
BUDGET_OF_CORE = 0.003
IDLE_OF_CORE = BUDGET_OF_CORE / (BUDGET - 1)
# pyinstrument's timer is its own, and the table of observer effects tells its price.
_OF_LOADED_CLIENTS = ("ledger", "sample")
_OF_IDLE_CLIENTS = ("ledger", "sample", "count")
# CPU per request of single runs varies by 9 % (1 sd): the ratio of two lies within 25 % of the truth 95 times in 100.
_SINGLE_RUNS = 1.25


def observer_notices(client: ClientResult) -> Iterator[Notice]:
    """One notice per lens over its budget."""
    busy = None if client.control is None else client.control.share_of_core
    if busy is not None and busy < IDLE_OF_CORE:
        yield from _of_idle(client, busy)
        return
    for lens in _OF_LOADED_CLIENTS:
        effect = client.observer.get(lens)
        if effect is not None and _least(effect) > BUDGET:
            yield Notice(
                "observer-over-budget",
                f"The {lens} lens cost {client.name} {effect.value:.2f}x the control's CPU (budget {BUDGET:.2f}x).",
                "Read its shares, not its times; `python benchmarks/observer_effect.py` measures it in blocks.",
            )


def _of_idle(client: ClientResult, busy: float) -> Iterator[Notice]:
    for lens in _OF_IDLE_CLIENTS:
        effect, share = client.observer.get(lens), client.observer_of_core.get(lens)
        if share is not None and share > BUDGET_OF_CORE:
            times = "" if effect is None else f", {effect.value:.2f}x the control's CPU"
            yield Notice(
                "observer-over-budget",
                f"{client.name} waits nearly all of the time ({percent(busy)} of a core busy), and the {lens} lens cost it "
                f"{percent(share)} of a core{times} (budget {percent_bound(BUDGET_OF_CORE)} of a core).",
                "Its waits and phases can be read; its CPU per request is mostly the lens's own.",
            )


def _least(effect: Estimate) -> float:
    """What the ratio is at least, where one round allows no interval too."""
    return effect.value / _SINGLE_RUNS if effect.low is None else effect.low
