"""The server's side of a connection: whose is the step in which a request is read?

On a connection that a client opened, what is read belongs to the exchange that wrote there last. On one that was accepted
the read begins a new exchange, which has no number yet: the server makes a task of it, and only that task knows. So the
transport leaves the number of the step in a context variable that the task inherits, and whoever numbers the exchanges
gives the step its owner.
"""

from contextvars import ContextVar
from typing import Any

from clientprof.model.recording import StepOwner
from clientprof.probes.on_asyncio.stamped_transport import AsyncioTransport, StampedTransport

# The row of ``step.*`` in which the request was read; rows are counted since the recorder last settled.
READ_STEP: ContextVar[int] = ContextVar("clientprof_read_step")


class AcceptedTransport(StampedTransport):
    """A stamped transport whose reads belong to nobody until the request they bring is numbered."""

    def _read_ready(self, *args: Any, **kwargs: Any) -> Any:
        self._step_owner[-1] = StepOwner.NOBODY
        READ_STEP.set(len(self._step_owner) - 1)
        return AsyncioTransport._read_ready(self, *args, **kwargs)

    # Answers are no requests: the columns of writes and reads are those of the calls that the service itself makes.
    write: Any = getattr(AsyncioTransport, "write", None)
    writelines: Any = getattr(AsyncioTransport, "writelines", None)
    _call_connection_lost: Any = getattr(AsyncioTransport, "_call_connection_lost", None)
