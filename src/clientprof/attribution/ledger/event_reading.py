"""The events of a run's pieces, read alike: which marks there are and how long data is under way is learned from all."""

from dataclasses import dataclass

from clientprof.attribution.ledger.events import KnownMarks
from clientprof.attribution.ledger.exchange_events import EventTable, delays_of, transit_of, wake_times
from clientprof.attribution.ledger.pieces import Pieces
from clientprof.model.run import Run


@dataclass(frozen=True, slots=True)
class EventReading:
    """A run in pieces, and what is known of the whole; ``transit_ns`` and ``marks`` None where there is but one piece, which
    knows itself."""

    pieces: Pieces
    transit_ns: int | None = None
    marks: KnownMarks | None = None

    @classmethod
    def of(cls, pieces: Pieces) -> "EventReading":
        if len(pieces) == 1:
            return cls(pieces)
        return cls(pieces, transit_of(pieces.each(lambda _, piece: delays_of(piece))), EventTable.known_of(pieces.run))

    def events(self, piece: Run) -> EventTable:
        """The exchanges of a piece."""
        if self.transit_ns is None:
            return EventTable(piece)
        return EventTable(piece, wake_times(piece, self.transit_ns), self.marks)
