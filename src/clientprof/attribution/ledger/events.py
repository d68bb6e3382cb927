"""What happens to an exchange, as the cutting into phases takes it: marks, writes, reads, and the server's stamps."""

from dataclasses import dataclass
from enum import IntEnum


class Event(IntEnum):
    """What the state machine reacts to besides marks: the ends of writes, and reads."""

    WRITE = 100
    READ = 101


@dataclass(frozen=True, slots=True)
class ServerStamps:
    """When the server had the request and wrote the response; ``wake_ns`` is when the response was here to be read."""

    received_ns: int
    written_ns: int
    wake_ns: int


@dataclass(frozen=True, slots=True)
class KnownMarks:
    """Which marks the installed version gives at all; a phase whose mark is missing cannot be told apart.

    Without ``transport`` neither writes nor reads are known: from a connection in hand to the headers all is ``wait``, but
    for the server's own part.
    """

    pool: bool
    headers: bool
    done: bool
    transport: bool = True
