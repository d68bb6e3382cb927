"""What is left out of a trace whose rounds take long, so that its answer comes in time.

With thousands of requests at once a round takes seconds, so each process measures more CPU than in short rounds, and fewer
processes say as much: four blocks are the most then. A cross-check adds nothing to the answer, and costs most. A cold round
can take four times a warm one, and the ledger's adds the client's own count of connections to the server's.
"""

from collections.abc import Iterator, Sequence

from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.model.lenses import LENS_RUNS
from clientprof.model.run import RoundKind, Run

_LONG_ROUND_S = 5.0
_BLOCKS = 4
# Seconds of the whole trace after which no cross-check is begun; those of a slow client take three times its rounds.
_CROSS_CHECKS_UNTIL_S = 90.0
# From here on a cold round is not repeated for a count alone.
_LONG_COLD_S = 1.0
# Time of the count lens, in rounds without instruments and in seconds at least.
_COUNTED_ROUNDS, _COUNTS_S = 4.0, 30.0


def longest_round_s(runs: Sequence[Run], client: str) -> float:
    """The longest round that the client has ended without instruments, seconds; 0 before the first."""
    ended = (run for run in _control(runs, client) if run.facts.unfinished is None)
    return max((seconds for run in ended for seconds in _rounds_s(run, RoundKind.MEASURED)), default=0.0)


def long_clients(plan: TracePlan, runs: Sequence[Run]) -> dict[str, float]:
    """The clients whose rounds take long, with their longest one; none where rounds or blocks were asked for by number."""
    if not plan.in_time:
        return {}
    found = {name: longest_round_s(runs, name) for name in plan.clients}
    return {name: seconds for name, seconds in found.items() if seconds >= _LONG_ROUND_S}


def most_of_step_s(plan: TracePlan, step: WorkerStep, runs: Sequence[Run]) -> float:
    """Most seconds of the step's worker.

    The count lens has its figures after a round; the calls of each function, which it counts in another that takes ten times
    as long, are given up where that would be too long.
    """
    most_s, round_s = plan.timeout_s_of(step.lens), long_clients(plan, runs).get(step.client)
    return most_s if round_s is None or step.lens != "count" else min(most_s, max(_COUNTS_S, _COUNTED_ROUNDS * round_s))


def fewest_rounds(plan: TracePlan, step: WorkerStep) -> int:
    """Warm rounds of the step's worker, at least. Where time is to be saved, the CPU that its lens needs decides alone."""
    return 1 if plan.in_time else plan.rounds_of(step.lens)


def cold_is_known(plan: TracePlan, step: WorkerStep, runs: Sequence[Run]) -> bool:
    """Whether a second cold round, under the ledger, would take long and tell next to nothing.

    Times and the server's counts are those of the control run. The ledger tells why requests fail, what handshakes take and
    how often names are looked up: a round with any of these is measured again.
    """
    scenario = plan.load(step.client)
    if not plan.in_time or step.lens != "ledger" or scenario.tls or scenario.by_name:
        return False
    return any(
        not any(run.column("exchange.error")) and max(_rounds_s(run, RoundKind.COLD), default=0.0) >= _LONG_COLD_S
        for run in _control(runs, step.client)
        if run.facts.unfinished is None
    )


def _control(runs: Sequence[Run], client: str) -> Iterator[Run]:
    return (run for run in runs if run.facts.client == client and run.facts.lens == "control")


def _rounds_s(run: Run, kind: RoundKind) -> list[float]:
    times = zip(run.column("round.kind"), run.column("round.started_ns"), run.column("round.ended_ns"), strict=True)
    return [(end - start) / 1e9 for each, start, end in times if each == kind]


def left_out(plan: TracePlan, step: WorkerStep, runs: Sequence[Run], seconds: float) -> tuple[str, str, str] | None:
    """The notice of a step that is left out after so many seconds of the trace; None where it is not."""
    slow = long_clients(plan, runs)
    if not slow:
        return None
    name, longest_s = max(slow.items(), key=lambda pair: pair[1])
    why = f"A round of {name} takes {longest_s:,.0f} s"
    if step.lens == "control" and step.block >= _BLOCKS:
        text = f"{why}, so {_BLOCKS} of {plan.blocks} blocks were measured."
        return ("blocks-left-out", text, f"--blocks {plan.blocks} measures all, and takes longer.")
    if LENS_RUNS[step.lens].one_thread and seconds > _CROSS_CHECKS_UNTIL_S:
        text = f"{why}, so the lens {step.lens} was left out."
        return ("lens-left-out", text, "It is a cross-check only; the rest is whole.")
    return None
