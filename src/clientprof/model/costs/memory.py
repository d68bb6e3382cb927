"""What a client's memory is made of: bytes by layer for each request in flight, connection and client."""

from dataclasses import dataclass
from enum import IntEnum

from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer


class Moment(IntEnum):
    """When traced memory was looked at. No client; a new one; one whose connections are idle; one request in flight; all
    of them; idle after rounds more.
    """

    NONE = 0
    CLIENT = 1
    IDLE = 2
    ONE = 3
    FULL = 4
    AGED = 5


@dataclass(frozen=True, slots=True)
class LayerBytes:
    """One layer's bytes of each thing; None where the thing was not looked at.

    ``again_per_request`` is the same request in flight looked at a second time, in a round of its own (A/A).
    """

    layer: Layer
    per_request: float
    again_per_request: float
    per_connection: float | None
    per_client: float


@dataclass(frozen=True, slots=True)
class FunctionBytes:
    """Bytes that one function's own code, or what it calls of the standard library, holds for each request."""

    layer: Layer
    module: str
    function: str
    file: str
    line: int
    origin: str
    bytes_per_request: float
    blocks_per_request: float


@dataclass(frozen=True, slots=True)
class Growth:
    """Memory that stays after the requests are done: bytes a request, idle and with garbage collected.

    ``resident`` is the slope of the process's pages in untraced rounds, None with fewer than three rounds or without
    ``/proc``. ``garbage_bytes`` and ``garbage_objects`` a request stay in cycles until the collector runs. ``functions``
    hold what grew, the most first.
    """

    traced: Estimate
    resident: Estimate | None
    garbage_bytes: Estimate
    garbage_objects: Estimate
    functions: tuple[FunctionBytes, ...]


@dataclass(frozen=True, slots=True)
class MemoryCosts:
    """A client's memory. All bytes are of Python's allocators but ``resident_bytes``, the process without tracing.

    ``per_request``: ``in_flight`` requests against none when they are done, the mean of two rounds; ``apart`` is the
    difference of the two as a share of it. ``alone``: one request in flight against none. ``sockets`` is how many more
    sockets were open with ``in_flight`` requests than without a client, ``idle_sockets`` after them.
    """

    in_flight: int
    per_request: float
    apart: float
    alone: float | None
    per_connection: float | None
    per_client: float
    sockets: int | None
    idle_sockets: int | None
    layers: tuple[LayerBytes, ...]
    functions: tuple[FunctionBytes, ...]
    growth: Growth | None
    resident_bytes: int | None

    def share(self, row: LayerBytes) -> float:
        """The layer's part of what requests in flight hold; 0 of one that holds less than when they are done.

        An idle connection may keep the last answer, which the next request takes from it.
        """
        held = sum(max(0.0, each.per_request) for each in self.layers)
        return max(0.0, row.per_request) / held if held else 0.0

    def self_check(self, tolerance_bytes: float = 1e-3) -> None:
        """Assert that the layers add up to the whole.

        Raises:
            AssertionError: they do not.
        """
        assert abs(sum(row.per_request for row in self.layers) - self.per_request) < tolerance_bytes, "per request"
        assert abs(sum(row.per_client for row in self.layers) - self.per_client) < tolerance_bytes, "per client"
