"""Lenses under which the client did not do what it does when nobody looks: they are left out of the result.

The rule, on counts of the warm rounds alone, for each client and lens against that client's control runs. Cold rounds
are no part of it: few runs have one, and on a busy machine httpx at n=512 may run into its pool's timeout there.

* **Failed requests**, of each type and all together: out if as many would come by chance less than once in a thousand
  (Fisher's exact test, one-sided), once in a hundred for a type that no control run has; or if most requests fail and most
  of the control's do not. One error of a new kind alone is no proof: some clients fail once in thousands of requests.
* **TLS**: the same for connections whose handshake the origin did not see done.
* **Connections**: out if each control run opens at most 10 in 1,000 requests, the lens at least 100, and chance says the
  same. A client that opens more under control too may do so by the timing of its pool: httpx 0.28.1 at n=512 opened 665 and
  960 in 1,000 requests in two control runs, 44 under the sampler. That is told (``connections-differ``), and kept.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from clientprof.attribution.costs.headline import exchanges_of
from clientprof.model.findings import Notice
from clientprof.model.recording import Recording
from clientprof.model.run import OriginTruth, RoundKind, Run
from clientprof.stats.exact_tests import chance_of_as_many

CHANCE = 0.001
CHANCE_OF_A_NEW_KIND = 0.01
KEEPS_CONNECTIONS = 0.010
OPENS_CONNECTIONS = 0.100
_OTHER_REGIME = 2.0


def undisturbed(recording: Recording) -> Recording:
    """The recording without the disturbed lenses, each named in a notice of it. Doing it twice changes nothing more."""
    left_out: dict[tuple[str, str], str] = {}
    for client, lens, runs, control in _pairs(recording):
        why = disturbance(runs, control)
        if why is not None:
            left_out[client, lens] = f"{client} under the {lens} lens: {why}. The lens is left out of the result."
    if not left_out:
        return recording
    advice = "Looking broke the client: report it with the versions of Python and of the packages."
    notices = [("lens-disturbed", text, advice) for text in left_out.values()]
    return Recording(
        replace(recording.manifest, notices=(*recording.manifest.notices, *notices)),
        tuple(run for run in recording.runs if (run.facts.client, run.facts.lens) not in left_out),
    )


def disturbance(runs: Sequence[Run], control: Sequence[Run]) -> str | None:
    """What the client did under a lens that it does not do under control; None where nothing is beyond chance."""
    return _failures(runs, control) or _handshakes(runs, control) or _connections(runs, control)


def kept_differences(recording: Recording, client: str) -> Iterator[Notice]:
    """What is told of the lenses that stay: failed requests under them, and a pool in another regime."""
    for name, lens, runs, control in _pairs(recording):
        if name != client:
            continue
        for kind, where in ((RoundKind.MEASURED, ""), (RoundKind.COLD, " in the cold round")):
            failed = _failed(runs, kind)
            if failed:
                usual = _listed(_failed(control, kind), _requests(control, kind))
                yield Notice(
                    "errors-under-lens",
                    f"{client} under the {lens} lens{where}: {_listed(failed, _requests(runs, kind))}; "
                    f"{usual} under control.",
                    "The lens is kept. Failed requests are counted, not averaged into the times.",
                )
        ours, theirs = _truths(runs), _truths(control)
        rates = [truth.accepts / truth.requests for truth in theirs]
        if ours and rates and _connections(runs, control) is None:
            rate = sum(truth.accepts for truth in ours) / sum(truth.requests for truth in ours)
            beyond = max(rate / _OTHER_REGIME - max(rates), min(rates) - rate * _OTHER_REGIME)
            if beyond > 0 and max(rate - max(rates), min(rates) - rate) >= OPENS_CONNECTIONS:
                yield Notice(
                    "connections-differ",
                    f"{client} opened {1000 * rate:,.0f} connections per 1,000 requests under the {lens} lens, "
                    f"{1000 * min(rates):,.0f} to {1000 * max(rates):,.0f} under control.",
                    "How often its pool reuses them depends on timing; read the lens's shares with that in mind.",
                )


def _pairs(recording: Recording) -> Iterator[tuple[str, str, list[Run], Sequence[Run]]]:
    """Each client and lens with its runs and the client's control runs, where there are any."""
    lenses = dict.fromkeys((run.facts.client, run.facts.lens) for run in recording.runs)
    for client, lens in lenses:
        control = recording.of(client, "control")
        # Of a client that cannot finish, each run came as far as it came.
        slow = any(run.facts.unfinished is not None for run in recording.runs if run.facts.client == client)
        if lens != "control" and control and not slow:
            runs = [run for run in recording.runs if (run.facts.client, run.facts.lens) == (client, lens)]
            yield client, lens, runs, control


def _beyond_chance(hits: int, of: int, hits_before: int, of_before: int) -> bool:
    if hits == 0:
        return False
    most = 2 * hits > of and 2 * hits_before <= of_before
    chance = CHANCE if hits_before else CHANCE_OF_A_NEW_KIND
    return most or chance_of_as_many(hits, of, hits_before, of_before) < chance


def _failures(runs: Sequence[Run], control: Sequence[Run]) -> str | None:
    ours, theirs = _failed(runs), _failed(control)
    of, of_before = _requests(runs), _requests(control)
    counts = [(ours[kind], theirs[kind]) for kind in ours] + [(ours.total(), theirs.total())]
    if not any(_beyond_chance(hits, of, before, of_before) for hits, before in counts):
        return None
    return f"{_listed(ours, of)}; {_listed(theirs, of_before)} under control"


def _handshakes(runs: Sequence[Run], control: Sequence[Run]) -> str | None:
    ours, theirs = _truths(runs), _truths(control)
    if not any(truth.handshakes for truth in theirs):
        return None
    of, of_before = (sum(truth.accepts for truth in truths) for truths in (ours, theirs))
    undone, undone_before = (
        sum(max(0, truth.accepts - truth.handshakes) for truth in truths) for truths in (ours, theirs)
    )
    if not _beyond_chance(undone, of, undone_before, of_before):
        return None
    return f"{undone} of {of} connections never completed TLS; {undone_before} of {of_before} under control"


def _connections(runs: Sequence[Run], control: Sequence[Run]) -> str | None:
    ours, theirs = _truths(runs), _truths(control)
    if not ours or not theirs or any(truth.accepts > KEEPS_CONNECTIONS * truth.requests for truth in theirs):
        return None
    opened, of = sum(truth.accepts for truth in ours), sum(truth.requests for truth in ours)
    before, of_before = sum(truth.accepts for truth in theirs), sum(truth.requests for truth in theirs)
    if opened < OPENS_CONNECTIONS * of or not _beyond_chance(min(opened, of), of, before, of_before):
        return None
    return f"{opened} connections opened in {of} requests; {before} in {of_before} under control"


def _failed(runs: Sequence[Run], kind: RoundKind = RoundKind.MEASURED) -> Counter[str]:
    found: Counter[str] = Counter()
    for run in runs:
        errors, inside = np.asarray(run.column("exchange.error")), exchanges_of(run, kind)
        # A run may have no rows of exchanges.
        numbers, counts = np.unique(errors[inside[inside < len(errors)]], return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            if number:
                found[run.facts.error_types[number - 1]] += count
    return found


def _requests(runs: Sequence[Run], kind: RoundKind = RoundKind.MEASURED) -> int:
    return sum(len(exchanges_of(run, kind)) for run in runs)


def _truths(runs: Sequence[Run]) -> list[OriginTruth]:
    """The origin's own counts of the warm rounds, where it kept them."""
    found = [run.facts.origin for run in runs]
    return [truth for truth in found if truth is not None and truth.requests]


def _listed(failed: Counter[str], of: int) -> str:
    kinds = f" ({', '.join(sorted(failed))})" if failed else ""
    return f"{failed.total()} of {of} requests failed{kinds}"
