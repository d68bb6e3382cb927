"""The server's side of a connection: whose is the step in which a request is read?

On a connection that a client opened, what is read belongs to the exchange that wrote there last. On one that was accepted
the read begins a new exchange, which has no number yet: the server makes a task of it, and only that task knows. So the
transport leaves the number of the step in a context variable that the task inherits, and whoever numbers the exchanges
gives the step its owner.
"""

from asyncio import selector_events
from contextvars import ContextVar
from typing import Any

from clientprof.model.recording import StepOwner
from clientprof.probes.on_asyncio.stamped_transport import StampedTransport

# The row of ``step.*`` in which the request was read; rows are counted since the recorder last settled.
READ_STEP: ContextVar[int] = ContextVar("clientprof_read_step")

_Plain: Any = selector_events._SelectorSocketTransport  # type: ignore[attr-defined]


class AcceptedTransport(StampedTransport):
    """A stamped transport whose reads belong to nobody until the request they bring is numbered."""

    def _read_ready(self) -> None:
        self._step_owner[-1] = StepOwner.NOBODY
        READ_STEP.set(len(self._step_owner) - 1)
        _Plain._read_ready(self)

    # Answers are no requests: the columns of writes and reads are those of the calls that the service itself makes.
    write = _Plain.write
    writelines = _Plain.writelines
    _call_connection_lost = _Plain._call_connection_lost
