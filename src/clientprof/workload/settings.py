"""Everything a worker process needs to know, as one JSON line on its standard input."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """One worker: one client, one lens.

    The measured rounds go on until at least ``rounds`` are done and ``min_cpu_s`` of process CPU are spent on them, at
    most ``max_rounds`` and not beyond ``max_seconds`` of wall time. ``cpu`` is the core to run on, None to leave it to
    the system. ``expected_bytes`` is the body size every answer must have, None to take the first answer's.
    ``cold`` records the first round of the new client; without it the client's connections are opened by an unrecorded
    round of ``opening`` requests.
    """

    client: str
    lens: str
    arm: str
    block: int
    url: str
    concurrency: int
    cold: bool
    opening: int
    limit: int | None
    ca_file: str | None
    expected_status: int
    expected_bytes: int | None
    rounds: int
    max_rounds: int
    min_cpu_s: float
    max_seconds: float
    seed: int
    cpu: int | None
    interval_us: float
    output: str
