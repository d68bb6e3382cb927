"""The lenses by name, and how a trace runs each. What is in them is in ``workload/lenses``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LensRun:
    """How one worker runs under a lens.

    ``cpu_s`` is the client's CPU per worker that makes its numbers stable, to the nearest whole round (of ``control`` at
    least); ``rounds`` the warm rounds, at least (the blocks decide of ``control``). ``interval_us`` is the mean time between
    samples, 0 where none are taken: a sample costs about 50 us, signal delivery included, and these keep each lens well
    inside its budget of 1.10x.
    ``one_thread`` lenses look at a loop's one thread only, so blocking clients go without them. ``since`` is the Python
    that brings the lens, None for every Python. ``asked`` lenses run only where they are named: they take long.
    ``patience`` is how many times a worker's usual limit of time it may take. ``rounds_beside`` lenses give counts or shares
    and no times, so two of them may run beside each other; it is about how many rounds without instruments one takes.
    """

    cpu_s: float
    rounds: int = 1
    interval_us: float = 0.0
    one_thread: bool = False
    since: tuple[int, int] | None = None
    asked: bool = False
    patience: float = 1.0
    rounds_beside: float = 0.0


LENS_RUNS: dict[str, LensRun] = {
    "control": LensRun(cpu_s=0.3),
    "ledger": LensRun(cpu_s=0.8, rounds=2, interval_us=3000.0),
    "sample": LensRun(cpu_s=2.0, rounds=2, interval_us=1500.0),
    "count": LensRun(cpu_s=0.0, rounds_beside=11.0),
    "pyinstrument": LensRun(cpu_s=0.5, interval_us=1000.0, one_thread=True, rounds_beside=5.0),
    "tachyon": LensRun(cpu_s=0.5, interval_us=1000.0, one_thread=True, since=(3, 15), rounds_beside=2.0),
    "memory": LensRun(cpu_s=0.5, rounds=4, asked=True, patience=4.0),
}

ON_EVERY_PYTHON = tuple(name for name, run in LENS_RUNS.items() if run.since is None and not run.asked)
