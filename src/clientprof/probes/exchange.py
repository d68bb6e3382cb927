"""Which exchange the running code works for: a context variable that tasks and callbacks inherit."""

from contextvars import ContextVar

EXCHANGE: ContextVar[int] = ContextVar("clientprof_exchange")
