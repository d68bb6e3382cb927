"""What a scripted run shall do: every duration is stated beforehand, in nanoseconds of simulated time."""

from dataclasses import dataclass
from enum import StrEnum

from clientprof.model.layers import Layer


class Order(StrEnum):
    """In which order a client passes its marks; the two that exist in the field.

    ``POOL_FIRST`` (httpx): a connection is handed out, then connected by whoever got it, released by the task.
    ``CONNECTED_FIRST`` (aiohttp): the pool hands out connected ones only, and gets them back while data is parsed.
    """

    POOL_FIRST = "pool first"
    CONNECTED_FIRST = "connected first"


@dataclass(frozen=True, slots=True)
class ExchangePlan:
    """One request: what its own code costs, how long others take, and what goes wrong.

    ``lock_yields`` turns of the loop are given away inside a lock at the pool's door; ``rejections`` times the
    connection in hand turns out to be taken. ``timeout_ns`` bounds the wait for the response; ``cancel_after_ns`` is
    when another callback cancels it. ``body_after_ns`` is how long after the headers the server writes the body.
    """

    start_after_ns: int = 0
    prepare_ns: int = 20_000
    door_ns: int = 5_000
    lock_yields: int = 0
    rejections: int = 0
    setup_ns: int = 3_000
    connect_wait_ns: int = 100_000
    tls_wait_ns: int | None = None
    write_ns: int = 10_000
    send_ns: int = 8_000
    server_ns: int = 500_000
    parse_ns: int = 15_000
    headers_ns: int = 7_000
    body_after_ns: int | None = None
    decode_ns: int = 4_000
    release_ns: int = 6_000
    collect_ns: int = 0
    timeout_ns: int | None = None
    cancel_after_ns: int | None = None


@dataclass(frozen=True, slots=True)
class NoisePlan:
    """Work for nobody: a callback of the user's program, ``at_ns`` after the round's start."""

    at_ns: int
    work_ns: int
    layer: Layer = Layer.APP


@dataclass(frozen=True, slots=True)
class Plan:
    """A round of exchanges on one client.

    ``transit_ns`` is the way to the server and the way back, at least 1. ``select_ns`` is what each select costs.
    ``numbers`` are the exchange numbers in order of the plan, from 0; None counts up.
    """

    exchanges: tuple[ExchangePlan, ...]
    order: Order = Order.POOL_FIRST
    connections: int = 4
    transit_ns: int = 40_000
    select_ns: int = 0
    noise: tuple[NoisePlan, ...] = ()
    numbers: tuple[int, ...] | None = None
