"""Time of a function and of what it called, as the analysis tells it from samples."""

from clientprof.attribution.costs.sampled_time import SampledTime, sampled_time
from clientprof.proof.sampled_work import SampledWork


def cpu_us(work_of: SampledWork, function: str) -> float:
    time_of = sampled_time(work_of.run)
    assert time_of is not None
    return sum(float(time_of.by_stack[number].sum()) for number in having(time_of, function))


def off_us(work_of: SampledWork, function: str) -> float:
    time_of = sampled_time(work_of.run)
    assert time_of is not None
    assert time_of.off_by_stack is not None
    return sum(float(time_of.off_by_stack[number].sum()) for number in having(time_of, function))


def having(time_of: SampledTime, function: str) -> list[int]:
    return [
        number
        for number, stack in enumerate(time_of.table.stacks)
        if any(time_of.table.codes[frame].function == function for frame in stack.frames)
    ]
