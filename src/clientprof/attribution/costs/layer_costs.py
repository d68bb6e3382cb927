"""CPU per request by owner layer, each split by the layer of the code that ran."""

import numpy as np

from clientprof.attribution.costs.sampled_time import Floats, SampledTime
from clientprof.model.layers import Layer
from clientprof.model.results import LayerCost


def layer_chunks(time: SampledTime) -> dict[Layer, Floats]:
    """Per-chunk microseconds per request of each owner layer."""
    chunks: dict[Layer, Floats] = {}
    for number, stack in enumerate(time.table.stacks):
        if stack.owner not in chunks:
            chunks[stack.owner] = np.zeros(time.by_stack.shape[1])
        chunks[stack.owner] = chunks[stack.owner] + time.by_stack[number]
    if time.garbage.sum() > 0:
        chunks[Layer.GC] = chunks.get(Layer.GC, 0) + time.garbage
    return chunks


def layer_costs(time: SampledTime, others_us: float = 0.0) -> tuple[LayerCost, ...]:
    """The layers in canonical order; shares add up to 1, less that of ``others_us``: CPU per request of other threads."""
    work: dict[Layer, dict[Layer, float]] = {}
    for number, stack in enumerate(time.table.stacks):
        row = work.setdefault(stack.owner, {})
        row[stack.work] = row.get(stack.work, 0.0) + float(time.by_stack[number].sum())
    costs: list[LayerCost] = []
    chunks = layer_chunks(time)
    for layer in Layer:
        if layer not in chunks:
            continue
        estimate = time.estimate(chunks[layer])
        split = work.get(layer, {Layer.GC: estimate.value})
        total = sum(split.values()) or 1.0
        costs.append(
            LayerCost(
                layer=layer,
                cpu_us_per_request=estimate,
                share=estimate.value / (time.total_us + others_us),
                work={inner: part / total for inner, part in sorted(split.items(), key=lambda item: -item[1])},
            )
        )
    return tuple(costs)
