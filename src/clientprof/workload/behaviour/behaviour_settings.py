"""What a client is put to when it is asked whether a change left its behaviour intact, and what came of it."""

from dataclasses import dataclass

from clientprof.workload.changes import Change
from clientprof.workload.load.scenario import Scenario

ANSWERS = "the same answers"
REQUESTS = "as many requests at the server"
CONNECTIONS = "as many connections at the server"
VARIED = "the same answers of every other kind"
CANCELLED = "cancelled requests give their connections back"
CONNECTING = "requests cancelled while they connect leave the pool usable"
TIMEOUTS = "timeouts raise the same"
BROKEN = "broken answers raise the same"
IDLE = "connections that the server closed meanwhile are replaced"


@dataclass(frozen=True, slots=True)
class BehaviourSettings:
    """One client, with ``changes`` made to its process.

    ``base`` is the origin's base URL, ``impatient`` that of one that closes connections idle for half a second; the
    ``ca_file`` of each is the PEM file that the client trusts, None for its own choice. ``urls`` are the scenario's, on
    ``base``.
    """

    adapter: str
    changes: tuple[Change, ...]
    scenario: Scenario
    urls: tuple[str, ...]
    base: str
    ca_file: str | None
    impatient: str
    impatient_ca_file: str | None


@dataclass(frozen=True, slots=True)
class Observed:
    """What a client did, by check: one line of text each, equal where the behaviour is."""

    outcomes: tuple[tuple[str, str], ...]
