"""CPU per request by function: what it costs itself (with the standard library code it calls) and in total."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from clientprof.attribution.costs.sampled_time import Floats, SampledTime
from clientprof.model.layers import Layer
from clientprof.model.results import FunctionCost
from clientprof.model.run import CallCount
from clientprof.model.samples import CodeLocation

KEPT = 60


def function_costs(time: SampledTime, calls: Iterable[CallCount], calls_requests: int) -> tuple[FunctionCost, ...]:
    """The costliest functions by their own time, at most 60, and the costliest by total time that these leave out.

    ``calls`` are the count lens's, over ``calls_requests`` requests; matched by file, first line and, where the lens spells
    functions as the sampler does, name.
    """
    chunks = time.by_stack.shape[1]
    own: dict[CodeLocation, Floats] = {}
    total: dict[CodeLocation, Floats] = {}
    layers: dict[CodeLocation, dict[Layer, float]] = {}
    for number, stack in enumerate(time.table.stacks):
        if not stack.frames:
            continue
        weight = time.by_stack[number]
        named = time.table.codes[stack.named]
        own[named] = own.get(named, np.zeros(chunks)) + weight
        by_layer = layers.setdefault(named, {})
        by_layer[stack.owner] = by_layer.get(stack.owner, 0.0) + float(weight.sum())
        for code in dict.fromkeys(time.table.codes[frame] for frame in stack.frames):
            total[code] = total.get(code, np.zeros(chunks)) + weight
            position = next(i for i, frame in enumerate(stack.frames) if time.table.codes[frame] == code)
            layers.setdefault(code, {}).setdefault(stack.layers[position], 0.0)
    counted: Counter[tuple[str, int, str]] = Counter()
    for call in calls:
        # Without a name for what yappi calls by the class of the object at hand. 0 is seen only as a caller.
        for name in {call.function, ""} if call.calls else ():
            counted[call.file, call.line, name] += call.calls
    shown = sorted(own, key=lambda code: -own[code].sum())[:KEPT]
    shown += [
        code
        for code in sorted(total, key=lambda code: -total[code].sum())[:KEPT]
        if code not in shown and code.origin == "package"
    ]
    rows: list[FunctionCost] = []
    for code in shown:
        place = (code.file, code.line)
        number_of_calls = counted.get((*place, code.function)) or counted.get((*place, ""))
        rows.append(
            FunctionCost(
                layer=max(layers[code], key=lambda layer, of=layers[code]: of[layer]),  # type: ignore[misc]
                module=code.module,
                function=code.function,
                file=code.file,
                line=code.line,
                origin=code.origin,
                self_us_per_request=time.estimate(own.get(code, np.zeros(chunks))),
                total_us_per_request=time.estimate(total[code]),
                calls_per_request=None
                if number_of_calls is None or not calls_requests
                else number_of_calls / calls_requests,
            )
        )
    return tuple(rows)
