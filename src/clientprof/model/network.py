"""What lies between a client and the server, and what is known of how well it was imitated."""

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_RTT_MS = 10_000.0
LEAST_BITS_PER_S = 1_000
MOST_BITS_PER_S = 100_000_000_000
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


class NetworkError(ValueError):
    """A network that cannot be. The message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Stall:
    """The link passes nothing for the last ``ms`` milliseconds of every ``every_s`` seconds."""

    ms: float
    every_s: float

    def __post_init__(self) -> None:
        if not (0 < self.ms < self.every_s * 1000 and self.every_s <= 3600):
            raise NetworkError(
                f"--stall {self.ms:g}/{self.every_s:g} must be shorter than its period, both above 0 and the period at "
                "most 3600 s; 200/5 stops the link for 200 ms in every 5 s"
            )

    @classmethod
    def parse(cls, text: str) -> "Stall":
        """From ``200/5`` or, in a label, ``200@5``: milliseconds, seconds.

        Raises:
            NetworkError: not that.
        """
        match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)[/@]([0-9]{1,9}(?:\.[0-9]{1,6})?)", text, re.ASCII)
        if match is None:
            raise NetworkError(
                f"--stall {text!r} is no stall; write milliseconds/seconds: 200/5 is 200 ms in every 5 s"
            )
        return cls(float(match[1]), float(match[2]))

    def __str__(self) -> str:
        return f"{self.ms:g}@{self.every_s:g}"


@dataclass(frozen=True, slots=True)
class Network:
    """A link: every round trip takes ``rtt_ms``, up to ``jitter_ms`` more or less, at most ``bits_per_s`` each way."""

    rtt_ms: float = 0.0
    jitter_ms: float = 0.0
    bits_per_s: int | None = None
    stall: Stall | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.rtt_ms <= MAX_RTT_MS:
            raise NetworkError(f"--rtt must be between 0 and {MAX_RTT_MS:g} ms, not {self.rtt_ms:g}")
        if not 0 <= self.jitter_ms <= self.rtt_ms:
            raise NetworkError(
                f"--jitter must be between 0 and the round trip's {self.rtt_ms:g} ms (--rtt), not {self.jitter_ms:g}"
            )
        if self.bits_per_s is not None and not LEAST_BITS_PER_S <= self.bits_per_s <= MOST_BITS_PER_S:
            raise NetworkError(
                f"--bandwidth must be between 1k and 100g bits a second, not {format_bandwidth(self.bits_per_s)}"
            )

    def __bool__(self) -> bool:
        """Whether it differs from the machine's own loopback."""
        return bool(self.rtt_ms or self.bits_per_s is not None or self.stall is not None)

    def __str__(self) -> str:
        parts = [f"{self.rtt_ms:g} ms a round trip"]
        if self.jitter_ms:
            parts[0] += f" +- {self.jitter_ms:g} ms"
        if self.bits_per_s is not None:
            parts.append(f"{format_bandwidth(self.bits_per_s)}bit/s each way")
        if self.stall is not None:
            parts.append(f"stopped for {self.stall.ms:g} ms in every {self.stall.every_s:g} s")
        return ", ".join(parts)


class LinkMeans(StrEnum):
    """How the link is imitated."""

    PACKETS = "packets"
    STREAMS = "streams"


MEANS_TEXT = {
    LinkMeans.PACKETS: "packet by packet, in a private network of this run (connecting costs its round trip)",
    LinkMeans.STREAMS: "a relay of byte streams (the round trip of connecting is charged to the first bytes sent)",
}


@dataclass(frozen=True, slots=True)
class LinkAccount:
    """The emulator's own account. ``pieces`` are packets, or reads of a stream; ``late_us_*`` how long after its time each
    was passed on; ``dropped`` for want of room in the queue of a bandwidth, or of memory; ``cpu_ns`` of its process
    since it began to carry.
    """

    pieces: int
    carried_bytes: int
    dropped: int
    connections: int
    refused: int
    late_us_mean: float
    late_us_p99: float
    late_us_max: float
    cpu_ns: int
    wall_ns: int


def parse_bandwidth(text: str) -> int:
    """Bits a second from ``500k``, ``10m``, ``1g`` (decimal units).

    Raises:
        NetworkError: not a bandwidth.
    """
    match = re.fullmatch(r"([0-9]{1,12})([kKmMgG]?)(?:bit)?", text, re.ASCII)
    if match is None:
        raise NetworkError(f"--bandwidth {text!r} is no bandwidth; write bits a second: 500k, 10m, 1g")
    return int(match[1]) * _UNITS[match[2].lower()]


def format_bandwidth(bits_per_s: int) -> str:
    """The shortest form that ``parse_bandwidth`` reads back."""
    for unit in ("g", "m", "k"):
        if bits_per_s and bits_per_s % _UNITS[unit] == 0:
            return f"{bits_per_s // _UNITS[unit]}{unit}"
    return str(bits_per_s)
