"""The aggregated call tree of one client: every stack of every sample, merged from the event loop's turn inwards."""

from clientprof.attribution.costs.sampled_time import SampledTime
from clientprof.model.layers import Layer
from clientprof.model.samples import CallNode, CodeLocation, Profile

_ROOT = CodeLocation(module="", function="all requests", file="", line=0, origin="app")
_GARBAGE = CodeLocation(module="gc", function="garbage collection", file="", line=0, origin="stdlib")


def call_tree(time: SampledTime) -> Profile:
    """The tree, in microseconds of CPU per request; checked before it is returned."""
    root = CallNode(location=_ROOT, layer=Layer.APP)
    children: dict[int, dict[tuple[int, Layer], CallNode]] = {}
    for number, stack in enumerate(time.table.stacks):
        weight = float(time.by_stack[number].sum())
        count = int(time.counts[number])
        if not count:
            continue
        node = root
        node.total_us += weight
        node.samples += count
        for frame, layer in zip(stack.frames, stack.layers, strict=True):
            below = children.setdefault(id(node), {})
            child = below.get((frame, layer))
            if child is None:
                child = below[frame, layer] = CallNode(location=time.table.codes[frame], layer=layer)
                node.children.append(child)
            node = child
            node.total_us += weight
            node.samples += count
        node.self_us += weight
        if time.running is not None:
            node.running_us += float(time.running[number])
    garbage = float(time.garbage.sum())
    if garbage > 0:
        root.children.append(CallNode(_GARBAGE, Layer.GC, garbage, garbage, running_us=time.garbage_running_us))
        root.total_us += garbage
    _sort(root)
    root.self_check()
    return Profile(
        root=root,
        samples=time.samples,
        requests=time.requests,
        cpu_us_per_request=root.total_us,
        interval_us=time.interval_us,
        running_us_per_request=None if time.running is None else float(time.running.sum()) + time.garbage_running_us,
    )


def _sort(root: CallNode) -> None:
    pending = [root]
    while pending:
        node = pending.pop()
        node.children.sort(key=lambda child: -child.total_us)
        pending.extend(node.children)
