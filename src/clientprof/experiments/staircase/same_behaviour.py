"""Whether a changed client still does what the unchanged one does: both are put to the same checks, and compared."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from clientprof.model.experiments.suspicions import Behaviour
from clientprof.origin.certificates import certificate_files
from clientprof.origin.options import Options
from clientprof.origin.process import Journal, OriginProcess
from clientprof.workload.behaviour.behaviour_process import observe_behaviour
from clientprof.workload.behaviour.behaviour_settings import (
    CANCELLED,
    CONNECTING,
    CONNECTIONS,
    REQUESTS,
    BehaviourSettings,
    Observed,
)
from clientprof.workload.changes import Change
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.targets import path_of

TIMEOUT_S = 120.0
IMPATIENT_S = 0.5
_SHOWN = 160


def observe_changed(
    adapter: str,
    changes: Sequence[Change],
    scenario: Scenario,
    *,
    python: str | None = None,
    environment: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Observed:
    """What the client does with these changes, none for the client as it is; against origins of its own.

    Raises:
        WorkerError: it could not be observed: a change cannot be made, or the process died or hung.
        OriginError: an origin could not be started, or ended.
    """
    options = Options(tls=scenario.tls, hosts=scenario.hosts, http2=scenario.http2)
    with (
        OriginProcess(options) as origin,
        OriginProcess(replace(options, keepalive_s=IMPATIENT_S)) as impatient,
        _one_authority() as trusted,
    ):
        path = path_of(scenario)
        journals: dict[str, Journal] = {}

        def on_event(event: str) -> None:
            journals[event] = origin.journal()

        observed = observe_behaviour(
            BehaviourSettings(
                adapter=adapter,
                changes=tuple(changes),
                scenario=scenario,
                urls=tuple(f"{base}{path}" for base in origin.ready.base_urls),
                base=origin.ready.base_url,
                ca_file=origin.ready.ca_file or trusted,
                impatient=impatient.ready.base_url,
                impatient_ca_file=impatient.ready.ca_file or trusted,
            ),
            on_event,
            timeout_s=timeout_s,
            python=python,
            environment=environment,
        )
        counted = journals["answered"].since(journals["ready"])
    ((name, answers), *rest) = observed.outcomes
    return Observed(
        ((name, answers), (REQUESTS, str(counted.requests)), (CONNECTIONS, str(counted.accepts)), *rest)
    )  # fmt: skip


@contextmanager
def _one_authority() -> Iterator[str]:
    """A file with a single certificate, for clients whose server has no TLS.

    The checks build some 40 clients. Reading all certificates that a client trusts by itself takes 20 ms each time: two
    fifths of the checks' CPU.
    """
    with tempfile.TemporaryDirectory(prefix="clientprof-authority-") as folder:
        _, authority = certificate_files(Path(folder), ("localhost",))
        yield str(authority)


def differences(unchanged: Observed, changed: Observed) -> Behaviour:
    """What differs, one line per check.

    httpx itself loses a connection now and then that is cancelled while it opens, and when that is depends on the network:
    there, a change differs only where it loses clearly more.
    """
    different = [
        f"not {check}: {_shown(outcome, found)} became {_shown(found, outcome)}"
        for check, (outcome, found) in _different(unchanged, changed).items()
    ]
    return Behaviour(tuple(check for check, _ in unchanged.outcomes), tuple(different))


def lasting_differences(unchanged: Observed, changed: Observed, again: Callable[[], Observed]) -> Behaviour:
    """What differs. Where that is what became of cancelled requests alone, the changed client is observed ``again``, and
    what differs then counts: where cores are few, one of the 13 cases differs now and then, and not the next time (of
    harmless patches: four times in two runs of the tests, in none of 20 observations by themselves).

    Raises what ``again`` raises.
    """
    return differences(unchanged, again() if list(_different(unchanged, changed)) == [CANCELLED] else changed)


def compare_behaviour(
    adapter: str,
    changes: Sequence[Change],
    scenario: Scenario,
    *,
    unchanged: Observed | None = None,
    python: str | None = None,
    environment: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Behaviour:
    """Put the client with these changes to all checks, and the client as it is, unless it was ``unchanged`` observed before.

    Each takes 4.5 s (aiohttp) to 8.5 s (httpx), six parts of seven waiting. ``python`` is the interpreter that has the
    client, None for this one.

    Raises:
        WorkerError: a change cannot be made, or a process died or hung.
        OriginError: an origin could not be started, or ended.
    """
    if unchanged is None:
        unchanged = observe_changed(
            adapter, (), scenario, python=python, environment=environment, timeout_s=timeout_s
        )  # fmt: skip

    def observe() -> Observed:
        return observe_changed(
            adapter, changes, scenario, python=python, environment=environment, timeout_s=timeout_s
        )  # fmt: skip

    return lasting_differences(unchanged, observe(), observe)


def _different(unchanged: Observed, changed: Observed) -> dict[str, tuple[str, str]]:
    """By check, both outcomes where they differ."""
    after, found = dict(changed.outcomes), {}
    for check, outcome in unchanged.outcomes:
        now = after.get(check, "nothing")
        if now != outcome and not (check == CONNECTING and _leaks(now) <= 2 * _leaks(outcome) + 1):
            found[check] = outcome, now
    return found


def _leaks(outcome: str) -> int:
    """In how many cases a connection was lost."""
    return int(outcome.split(" of ")[0]) if " of " in outcome else 0


def _shown(text: str, other: str) -> str:
    """The part around where the two begin to differ."""
    start = next((n for n, pair in enumerate(zip(text, other, strict=False)) if pair[0] != pair[1]), 0)
    begin = max(0, start - _SHOWN // 4)
    return f"{'...' if begin else ''}{text[begin : begin + _SHOWN]}{'...' if len(text) > begin + _SHOWN else ''}"
