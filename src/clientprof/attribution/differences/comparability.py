"""What makes two measurements not comparable, in plain sentences: scenario, load, bodies, loop, interpreter, server."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clientprof.model.provenance.interpreter import names_python
from clientprof.model.recording import Recording

# Rows of a recording's workload that must agree, and how a sentence calls them; those not listed describe the measuring.
_WORKLOAD: Mapping[str, str] = {
    "scenario": "the scenario",
    "requests at once": "the number of requests at once",
    "body": "the body",
    "TLS": "TLS",
    "connection limit": "the connection limit",
    "server delay": "the server's delay",
    "network": "the network",
    "trust store": "the trust store",
    "network imitated": "how the network is imitated",
    "server": "the server",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """One client as it was measured, everything a comparison must hold equal. Sets: several values among its runs."""

    name: str
    workload: Mapping[str, str]
    requests_per_round: frozenset[int]
    body_sha256: frozenset[str]
    loop: frozenset[str]
    python: frozenset[str]


def subject_of(recording: Recording, client: str) -> Subject:
    """The client of a recording.

    Raises:
        ValueError: the recording has no run of that client.
    """
    runs = [run.facts for run in recording.runs if run.facts.arm == client]
    if not runs:
        raise ValueError(f"the recording has no run of {client}")
    workload = {name: value for _, name, value in recording.manifest.workload if name in _WORKLOAD}
    return Subject(
        name=client,
        workload=workload,
        requests_per_round=frozenset(run.requests_per_round for run in runs),
        body_sha256=frozenset(digest for run in runs for digest in run.body_sha256),
        loop=frozenset(run.loop for run in runs if run.loop),
        python=frozenset(run.python for run in runs if run.python),
    )


def incompatibilities(subjects: Sequence[Subject]) -> tuple[str, ...]:
    """Every difference between the first subject and each other that forbids a verdict; empty where they can be compared.

    What one side does not tell is no difference, nor is an interpreter that an arm was asked to run on.
    """
    found: list[str] = []
    for other in subjects[1:]:
        found += _between(subjects[0], other)
    return tuple(dict.fromkeys(found))


def _between(left: Subject, right: Subject) -> Iterable[str]:
    for name, called in _WORKLOAD.items():
        was, now = left.workload.get(name), right.workload.get(name)
        if was is not None and now is not None and was != now:
            yield f"{called} differs: {was} for {left.name}, {now} for {right.name}"
    # Another scenario says already that n differs.
    if left.workload.get("scenario") == right.workload.get("scenario"):
        yield from _sets(
            "the requests per round differ", left, right, *(_texts(s.requests_per_round) for s in (left, right))
        )
    if left.body_sha256 and right.body_sha256 and left.body_sha256 != right.body_sha256:
        short = [_texts(digest[:12] for digest in s.body_sha256) for s in (left, right)]
        yield from _sets("the answers' contents differ (SHA-256)", left, right, *short)
    yield from _sets("the event loop differs", left, right, left.loop, right.loop)
    # Who names the Python of an arm wants to compare it.
    if not (names_python(left.name) or names_python(right.name)):
        yield from _sets("the interpreter differs", left, right, left.python, right.python)


def _texts(values: Iterable[object]) -> frozenset[str]:
    return frozenset(str(value) for value in values)


def _sets(what: str, left: Subject, right: Subject, was: frozenset[str], now: frozenset[str]) -> Iterable[str]:
    if was and now and was != now:
        yield f"{what}: {', '.join(sorted(was))} for {left.name}, {', '.join(sorted(now))} for {right.name}"
