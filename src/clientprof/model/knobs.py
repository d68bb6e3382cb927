"""What advice turns: settings of a client or of the program around it, so that two pieces of advice can be held together."""

from dataclasses import dataclass
from enum import StrEnum


class Knob(StrEnum):
    """A setting, in the words of the texts."""

    CONNECTIONS = "connection limit"
    KEPT = "keep-alive limit"
    EXPIRY = "keep-alive expiry"
    REQUESTS = "requests at once"
    POOL_TIMEOUT = "pool timeout"
    TIMEOUT = "timeout"
    LIFETIME = "lifetime of a client"
    CLIENTS = "number of clients"
    CLIENT = "client"


class Way(StrEnum):
    """Where to turn it. ``NOT_UP`` warns of raising it, and goes together with lowering it.

    Of the client itself, ``UP`` is to take another one and ``NOT_UP`` to stay.
    """

    UP = "raise"
    DOWN = "lower"
    NOT_UP = "do not raise"


@dataclass(frozen=True, slots=True)
class Turn:
    """One setting that advice turns. ``text`` is the sentence of the advice that says so, with its full stop.

    ``to`` is the value, None where the advice names none; ``of`` the place whose client is meant, empty for all.
    """

    knob: Knob
    way: Way
    text: str = ""
    to: float | None = None
    of: str = ""

    def contradicts(self, other: "Turn") -> bool:
        """Whether nobody can follow both."""
        if self.knob is not other.knob or (self.of and other.of and self.of != other.of):
            return False
        if (self.way is Way.UP) is not (other.way is Way.UP):
            return True
        return None not in (self.to, other.to) and self.to != other.to
