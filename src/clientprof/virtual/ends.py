"""The two ends of a connection in memory: a window of bytes each way, an end of the stream, a reset."""

from collections.abc import Callable

# What one side may send before the other reads, as socket buffers bound it.
WINDOW_BYTES = 256 * 1024


def _nobody() -> None:
    """No one listens at this end yet."""


class End:
    """One end. ``inbox`` is what has arrived and was not taken, ``ended`` that nothing follows it, ``broken`` a reset.

    ``on_arrival`` is called when any of them changes, ``on_room`` when the other side has taken something.
    """

    __slots__ = ("broken", "ended", "gone", "inbox", "on_arrival", "on_room", "other")

    other: "End"

    def __init__(self) -> None:
        self.inbox = bytearray()
        self.ended = self.broken = self.gone = False
        self.on_arrival: Callable[[], None] = _nobody
        self.on_room: Callable[[], None] = _nobody

    @property
    def readable(self) -> bool:
        return bool(self.inbox) or self.ended or self.broken

    @property
    def room(self) -> int:
        """How many bytes can be sent now."""
        return WINDOW_BYTES - len(self.other.inbox)

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """Give as much as there is room for; returns how much. What is sent to an end that is gone is lost."""
        taken = min(len(data), self.room)
        if taken and not self.other.gone:
            self.other.inbox += data[:taken]
            self.other.on_arrival()
        return taken

    def take(self, most: int) -> bytes:
        """What has arrived, at most so much of it."""
        taken = bytes(self.inbox[:most])
        del self.inbox[:most]
        if taken:
            self.other.on_room()
        return taken

    def finish(self) -> None:
        """Nothing follows from here."""
        if not self.other.ended:
            self.other.ended = True
            self.other.on_arrival()

    def leave(self, *, reset: bool = False) -> None:
        """Close this end: the other reads what there is and then its end, or is reset."""
        if self.gone:
            return
        self.gone = True
        if reset or self.inbox:  # a kernel answers data that nobody will read with a reset
            self.other.broken = True
            self.other.on_arrival()
        else:
            self.finish()


def pair() -> tuple[End, End]:
    """Two ends of one connection."""
    one, two = End(), End()
    one.other, two.other = two, one
    return one, two
