"""Types only: no I/O, no clock, no client library. Everything else may import it; it imports nothing of ours."""
