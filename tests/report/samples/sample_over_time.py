"""What went on during the sample round, counted from its own lines."""

from collections.abc import Mapping, Sequence

from clientprof.model.layers import Layer
from clientprof.model.ledger.bins import OverTime, Series, TimeBins
from clientprof.model.ledger.timeline import Timeline
from clientprof.model.phases import Phase

_AT_CLIENT = frozenset({Phase.PREPARE, Phase.POOL})


def sample_over_time(
    lines: Sequence[Timeline], length_us: int, layers_us: Mapping[Layer, float], connections: int
) -> OverTime:
    """Layers by their weight, busy at first and half idle at the end."""
    return OverTime(
        length_us,
        812,
        1,
        _bins(lines, length_us, layers_us, connections, 60),
        _bins(lines, length_us, layers_us, connections, 10),
    )


def _bins(
    lines: Sequence[Timeline], length_us: int, layers_us: Mapping[Layer, float], connections: int, parts: int
) -> TimeBins:
    weight = sum(layers_us.values())
    held = [1.0 if part < parts * 0.8 else 0.5 for part in range(parts)]
    spans = [(span.phase, span.start_us, span.end_us) for line in lines for span in line.spans]
    pooled = _covering([(start, end) for phase, start, end in spans if phase is Phase.POOL], length_us, parts)
    served = _covering([(start, end) for phase, start, end in spans if phase is Phase.SERVER], length_us, parts)
    carried = _covering([(start, end) for phase, start, end in spans if phase not in _AT_CLIENT], length_us, parts)
    active = tuple(min(float(connections), value) for value in carried)
    return TimeBins(
        busy={layer: tuple(share * value / weight for share in held) for layer, value in layers_us.items()},
        idle=tuple(1 - share for share in held),
        queue=tuple(12.5 * share for share in held),
        active=active,
        unused=tuple(connections - value for value in active),
        in_flight=_covering([(line.start_us, line.end_us) for line in lines], length_us, parts),
        pooled=pooled,
        at_origin=served,
    )


def _covering(intervals: Sequence[tuple[int, int]], length_us: int, parts: int) -> Series:
    width = length_us / parts
    return tuple(
        sum(max(0.0, min(end, (part + 1) * width) - max(start, part * width)) for start, end in intervals) / width
        for part in range(parts)
    )
