"""CPU by stack, and time in which the thread stood still: what the samples of one run weigh, per request, and how sure
that is.

Uncertainty comes from a bootstrap over chunks of consecutive samples: neighbours are alike (one round, one phase of it),
so single samples would make the interval too narrow.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.model.estimate import Estimate
from clientprof.model.run import RoundKind, Run

Floats = npt.NDArray[np.float64]
CHUNKS = 20
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class SampledTime:
    """Weights by stack and chunk, microseconds per request.

    ``by_stack`` has shape (stacks, chunks); ``garbage`` has shape (chunks,). Summed over everything they are the
    thread's CPU per request, the instrument's own left out. ``running``, shape (stacks,), and ``garbage_running_us`` are
    the parts in which the code ran for some request, by the rule of the ledger's steps; None where no sample says.
    ``off_by_stack``, shaped as ``by_stack``, is wall time in which the thread was blocked outside of its loop's selector.
    """

    table: StackTable
    by_stack: Floats
    garbage: Floats
    counts: npt.NDArray[np.int64]
    samples: int
    requests: int
    interval_us: float
    running: Floats | None = None
    garbage_running_us: float = 0.0
    off_by_stack: Floats | None = None

    @property
    def total_us(self) -> float:
        return float(self.by_stack.sum() + self.garbage.sum())

    def estimate(self, chunks: Floats) -> Estimate:
        """Microseconds per request from per-chunk parts of shape (chunks,)."""
        return estimate_sum(chunks, self.samples)


def estimate_sum(chunks: Floats, samples: int) -> Estimate:
    """The sum over chunks with a 95 % bootstrap interval over them (Efron & Tibshirani 1993, section 13.3)."""
    value = float(chunks.sum())
    if len(chunks) < 2:
        return Estimate(value, None, None, "us", samples)
    generator = np.random.default_rng(20_260_101)
    draws = generator.integers(0, len(chunks), size=(RESAMPLES, len(chunks)))
    low, high = np.percentile(chunks[draws].sum(axis=1), [2.5, 97.5])
    return Estimate(value, float(low), float(high), "us", samples)


def sampled_time(
    run: Run, *, standing_for: Callable[[npt.NDArray[np.int64]], Floats] | None = None, requests: int | None = None
) -> SampledTime | None:
    """The run's samples by stack and chunk; None where it has none.

    ``standing_for`` says how much a sample at each instant stands for, where only windows of time were sampled;
    ``requests`` are then those of all the time.
    """
    table = StackTable(run)
    stack = np.asarray(run.column("sample.stack"), dtype=np.int64)
    weight, garbage = sample_weights(run, stack)
    real = stack >= 0
    kinds = np.asarray(run.column("round.kind"))
    counts = np.asarray(run.column("round.count"))
    if requests is None:
        requests = int(counts[kinds == RoundKind.MEASURED].sum()) if len(kinds) else 0
    samples = int(real.sum())
    if not samples or not requests or weight[real].sum() <= 0:
        return None
    # Of a sample that fell into a block no signal could be taken out, neither of the first look nor of the second.
    off_ns = np.asarray(run.column("sample.off_ns"), dtype=np.float64)
    stands_for = np.ones(len(weight))
    if standing_for is not None:
        stands_for = standing_for(np.asarray(run.column("sample.at_ns"), dtype=np.int64))
    looked = 2 * (off_ns > 0) + (off_ns < 0) if len(off_ns) == len(weight) else np.zeros(len(weight))
    total = ((weight - run.facts.signal_ns * looked) * stands_for).sum()
    off = _standing_still(off_ns, stack, weight) * stands_for
    weight, garbage = weight * stands_for, garbage * stands_for
    # The collections, and what was done after each round's last sample, are spread over all samples in proportion.
    weight = with_collections(weight, garbage, stack)
    weight[real] *= total / weight[real].sum()
    chunks = max(1, min(CHUNKS, samples // 10))
    tagged = _tagged(run, len(garbage))
    running = None
    if tagged.any():
        running = np.bincount(stack[real & tagged], weight[real & tagged], len(table.stacks)) / requests / 1e3
    garbage_chunk = np.arange(len(garbage)) * chunks // len(garbage)
    stack, weight = stack[real], weight[real]
    chunk = np.arange(samples) * chunks // samples
    by_stack = np.zeros((len(table.stacks), chunks))
    np.add.at(by_stack, (stack, chunk), weight)
    off_by_stack = np.zeros_like(by_stack)
    np.add.at(off_by_stack, (stack, chunk), off[real])
    return SampledTime(
        table=table,
        by_stack=by_stack / requests / 1e3,
        garbage=np.bincount(garbage_chunk, weights=garbage, minlength=chunks) / requests / 1e3,
        counts=np.bincount(stack, minlength=len(table.stacks)),
        samples=samples,
        requests=requests,
        interval_us=run.facts.interval_us,
        running=running,
        garbage_running_us=float(garbage[tagged].sum()) / requests / 1e3,
        off_by_stack=off_by_stack / requests / 1e3,
    )


def sample_weights(run: Run, stack: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """CPU of each sample's code, without what its signal cost, and of the collections before it, nanoseconds.

    A signal that interrupts a collection makes no sample, so the cost of those that make one is in the code's CPU alone.
    """
    weight = np.asarray(run.column("sample.weight_ns"), dtype=np.float64)
    weight[stack >= 0] = np.maximum(weight[stack >= 0] - run.facts.signal_ns, 0.0)
    return weight, np.asarray(run.column("sample.gc_ns"), dtype=np.float64)


def with_collections(weight: Floats, garbage: Floats, stack: npt.NDArray[np.int64]) -> Floats:
    """What each sample stands for: the time since the one before it, whatever was collected meanwhile. Without that, what
    follows collections would weigh less than what does not."""
    return weight + np.where((stack >= 0) & (weight > 0), garbage, 0.0)


def _standing_still(off: Floats, stack: npt.NDArray[np.int64], weight: Floats) -> Floats:
    """Nanoseconds off the CPU by sample; the weights of samples that may have stood still are reduced by as much.

    ``off`` is the column ``sample.off_ns``. A negative one is a sample that moved on before the sampler looked again. A
    stack ends in an instruction, and an instruction that blocks does so as a rule: such a sample is divided as the certain
    ones of the same stack.
    """
    if len(off) != len(stack):
        return np.zeros(len(stack))  # recorded before anybody looked
    doubtful = (off < 0) & (stack >= 0)
    certain = (off >= 0) & (stack >= 0)
    if doubtful.any():
        stacks = int(stack.max()) + 1
        still = np.bincount(stack[certain], off[certain], stacks)
        ran = np.bincount(stack[certain], weight[certain] * (off[certain] == 0), stacks)
        share = (still / np.maximum(still + ran, 1.0))[stack[doubtful]]
        off[doubtful] *= -share
        weight[doubtful] *= 1.0 - share
    return np.maximum(off, 0.0)


def _tagged(run: Run, samples: int) -> npt.NDArray[np.bool_]:
    """Which samples, the tails of rounds included, say that their code ran for a request."""
    tag = np.asarray(run.column("sample.exchange"), dtype=np.int64)
    return tag >= 0 if len(tag) == samples else np.zeros(samples, dtype=np.bool_)
