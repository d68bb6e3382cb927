"""What a request in flight, a connection and a client hold, from the differences of moments."""

from collections.abc import Mapping

import numpy as np

from clientprof.attribution.memory.moments import Moments, Noted
from clientprof.model.costs.memory import Growth, LayerBytes, MemoryCosts, Moment
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.run import Run
from clientprof.stats.intervals import mean_estimate

_SHOWN_FUNCTIONS = 20
# Rounds for a slope of resident pages: the first may still fill arenas.
_FEWEST_ROUNDS = 3


def memory_costs(run: Run) -> MemoryCosts | None:
    """All of it; None where the lens did not see all requests in flight, or none without a client."""
    moments = Moments(run)
    rounds = [(full, idle) for full in moments.of(Moment.FULL) if (idle := moments.after(full)) is not None]
    without, new = moments.of(Moment.NONE), moments.of(Moment.CLIENT)
    idles = moments.of(Moment.IDLE)
    if not rounds or not without or not new:
        return None
    in_flight = rounds[0][0].in_flight
    each = [_per(moments.by_layer(full, idle), in_flight) for full, idle in rounds]
    totals = [sum(layers.values()) for layers in each]
    client = moments.by_layer(new[0], without[0])
    idle, full = idles[-1], rounds[-1][0]
    opened = _more(idle, new[0])
    connection = _per(moments.by_layer(idle, new[0]), opened) if opened else None
    mean = {layer: sum(layers.get(layer, 0.0) for layers in each) / len(each) for layer in Layer}
    rows = tuple(
        LayerBytes(
            layer,
            mean[layer],
            each[-1].get(layer, 0.0),
            None if connection is None else connection.get(layer, 0.0),
            client.get(layer, 0.0),
        )
        for layer in Layer
        if any(layer in found for found in (*each, client, connection or {}))
    )
    alone = moments.of(Moment.ONE)
    after_alone = moments.after(alone[0]) if alone else None
    total = sum(row.per_request for row in rows)
    resident = [int(value) for value in run.column("resident.bytes") if value >= 0]
    return MemoryCosts(
        in_flight=in_flight,
        per_request=total,
        apart=(max(totals) - min(totals)) / total if total > 0 else 0.0,
        alone=None if after_alone is None else sum(moments.by_layer(alone[0], after_alone).values()),
        per_connection=None if connection is None else sum(connection.values()),
        per_client=sum(row.per_client for row in rows),
        sockets=_more(full, new[0]),
        idle_sockets=opened,
        layers=rows,
        functions=moments.by_function(full, rounds[-1][1], in_flight)[:_SHOWN_FUNCTIONS],
        growth=_growth(run, moments, idle, sum((connection or {}).values())),
        resident_bytes=resident[-1] if resident else None,
    )


def _per(found: Mapping[Layer, float], number: int) -> Mapping[Layer, float]:
    return {layer: held / number for layer, held in found.items()}


def _more(moment: Noted, less: Noted) -> int | None:
    """How many more sockets were open; None where nobody counted."""
    return None if moment.sockets is None or less.sockets is None else moment.sockets - less.sockets


def _growth(run: Run, moments: Moments, idle: Noted, connection: float) -> Growth | None:
    """``connection`` is what one of them holds: the pool keeps now more of them, now less, and that is no growth."""
    requests, held, sockets, garbage, objects = (
        np.asarray(run.column(f"ageing.{name}"), dtype=np.float64)
        for name in ("requests", "held_bytes", "sockets", "garbage_bytes", "garbage_objects")
    )
    aged = moments.of(Moment.AGED)
    if len(requests) < 2 or not aged:
        return None
    steps = np.diff(requests)
    return Growth(
        traced=mean_estimate(((np.diff(held) - connection * np.diff(sockets)) / steps).tolist(), "bytes"),
        resident=_resident_slope(run),
        garbage_bytes=mean_estimate((garbage[1:] / steps).tolist(), "bytes"),
        garbage_objects=mean_estimate((objects[1:] / steps).tolist(), "objects"),
        functions=moments.by_function(aged[0], idle, int(requests[-1]))[:_SHOWN_FUNCTIONS],
    )


def _resident_slope(run: Run) -> Estimate | None:
    requests, pages = (np.asarray(run.column(f"resident.{name}"), dtype=np.float64) for name in ("requests", "bytes"))
    if len(pages) <= _FEWEST_ROUNDS or (pages < 0).any():
        return None
    return mean_estimate((np.diff(pages)[1:] / np.diff(requests)[1:]).tolist(), "bytes")
