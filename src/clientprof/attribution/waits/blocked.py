"""Functions in which the client's thread stood still outside of its loop's selector: a sleep, a lock, a file, a look-up.

Nothing else runs meanwhile, neither the loop nor any other request. No CPU is spent, so neither CPU by function nor the
comparison of CPU per request shows it.

A loop that is written in C has its select among its own code, for which no function of Python stands: it stands still there
and nowhere else, and that is waiting for sockets.
"""

import numpy as np

from clientprof.attribution.costs.sampled_time import Floats, SampledTime
from clientprof.attribution.waits.off_cpu_rows import off_cpu_row
from clientprof.model.layers import Layer
from clientprof.model.ledger.off_cpu import OffCpu, OffCpuCost
from clientprof.model.samples import CodeLocation

# Of the thread's time outside the selector: what the kernel makes a thread wait for now and then stays below.
_LEAST_SHARE = 0.001
# Files of compiled modules: a code object of one stands for all of its C code.
_COMPILED = (".so", ".pyd")


def blocked_in(time: SampledTime) -> tuple[OffCpuCost, ...]:
    """The functions by the time that the thread was blocked in them, the most first."""
    if time.off_by_stack is None:
        return ()
    chunks = time.by_stack.shape[1]
    found: dict[tuple[Layer, CodeLocation, CodeLocation], Floats] = {}
    for number, stack in enumerate(time.table.stacks):
        off = time.off_by_stack[number]
        if stack.frames and off.any() and not time.table.codes[stack.frames[-1]].file.endswith(_COMPILED):
            key = (stack.owner, time.table.codes[stack.named], time.table.codes[stack.frames[-1]])
            found[key] = found.get(key, np.zeros(chunks)) + off
    least = _LEAST_SHARE * (time.total_us + float(time.off_by_stack.sum()))
    rows = [
        off_cpu_row(OffCpu.BLOCKED, layer, named, innermost, time.estimate(off))
        for (layer, named, innermost), off in found.items()
        if off.sum() >= least
    ]
    return tuple(sorted(rows, key=lambda row: -row.us_per_request.value))
