"""What the reader must know about the measurement before believing it: a closed list, each with advice."""

import itertools
from collections.abc import Iterator

from clientprof.attribution.notices.agreement import different_bodies, different_connections, different_requests
from clientprof.attribution.notices.busy_hosts import BUSY_PER_S, busy_blocks, interruptions
from clientprof.attribution.notices.disturbed_lenses import kept_differences
from clientprof.attribution.notices.in_flight import in_flight_notices, in_threads, unequal_in_flight
from clientprof.attribution.notices.interpreters import interpreter_notices
from clientprof.attribution.notices.observer_notices import observer_notices
from clientprof.attribution.notices.other_packages import differing_packages
from clientprof.attribution.notices.unattributed import unattributed_notices
from clientprof.attribution.notices.unexplained_errors import errors_notice
from clientprof.attribution.notices.unfinished_rounds import progress, unfinished_notices
from clientprof.model.figures import percent, percent_change
from clientprof.model.findings import Notice
from clientprof.model.recording import Recording, RecordingKind
from clientprof.model.results import ClientResult

SERVER_BOUND_SHARE = 0.80
# How a note begins that says which instrument does not fit what is installed.
LEFT_OUT = "left out"
LEFT_OUT_ADVICE = "These versions are not as the instruments know them; that part is absent, the rest is whole."
LAYER_SUM_TOLERANCE = 0.03
FEW_SAMPLES = 500
_MORE_SAMPLES = {
    RecordingKind.TRACE: "Raise --rounds.",
    RecordingKind.COMPARISON: "`clientprof trace` samples each client longer.",
    RecordingKind.SWEEP: "`clientprof trace` at that n samples each client longer.",
    RecordingKind.EXPLANATION: "`clientprof trace` samples each client longer.",
    RecordingKind.PROGRAM: "A program that runs for longer has more.",
    RecordingKind.WHAT_IF: "`clientprof run` without --try takes samples.",
    RecordingKind.MATRIX: "`clientprof compare` samples each client.",
}
_SAME_WORK = "Their numbers must not be compared."


def notices_of(recording: Recording, clients: tuple[ClientResult, ...]) -> tuple[Notice, ...]:
    """All notices, those of the measuring side first."""
    notices = [Notice(*row) for row in recording.manifest.notices]
    if not recording.manifest.complete:
        notices.append(
            Notice("incomplete", "The run was cut short; what was measured until then is shown.", "Measure again.")
        )
    bodies = different_bodies(recording)
    if bodies is not None:
        notices.append(Notice("bodies-differ", f"The clients did not do the same work: {bodies}.", _SAME_WORK))
    notices.extend(busy_blocks(recording.runs))
    # What a loop hides it hides under all clients.
    hidden = dict.fromkeys(note for client in clients for note in client.notes if note.startswith("On uvloop"))
    notices.extend(Notice("loop-unseen", f"{note}.", "asyncio and trio hide nothing.") for note in hidden)
    for client in clients:
        requests = different_requests(recording, client.name)
        if requests is not None:
            notices.append(Notice("requests-differ", f"Requests were lost or doubled: {requests}.", _SAME_WORK))
        notices.extend(_of_client(recording, client))
    notices.extend(in_flight_notices(recording, clients))
    notices.extend(_of_packages(clients))
    notices.extend(interpreter_notices(recording.runs, clients))
    return tuple(notices)


def server_cpu_share(recording: Recording, client: str) -> float | None:
    """The origin's CPU per wall time in the warm rounds of the control runs; None without its log.

    Processes in lock-step share one log: then that of the sample runs tells, which are hardly slower.
    """
    found = ([run.facts.origin for run in recording.of(client, lens)] for lens in ("control", "sample"))
    truths = next((known for of in found if (known := [truth for truth in of if truth is not None])), [])
    wall = sum(truth.wall_ns for truth in truths)
    return sum(truth.cpu_ns for truth in truths) / wall if wall else None


def obstacles(recording: Recording, clients: tuple[ClientResult, ...]) -> tuple[str, ...]:
    """Reasons that forbid a verdict."""
    found: list[str] = []
    bodies = different_bodies(recording)
    if bodies is not None:
        found.append(bodies)
    for client in clients:
        if client.unfinished is not None:
            found.append(f"{client.name} {progress(client.unfinished)}")
        requests = different_requests(recording, client.name)
        if requests is not None:
            found.append(requests)
        share = server_cpu_share(recording, client.name)
        if share is not None and share > SERVER_BOUND_SHARE:
            found.append(f"server-bound: the origin was busy {percent(share)} of the time under {client.name}")
        if client.control is not None and client.control.errors:
            found.append(f"{sum(client.control.errors.values())} requests of {client.name} failed")
    return (*found, *unequal_in_flight(recording, clients))


def _of_packages(clients: tuple[ClientResult, ...]) -> Iterator[Notice]:
    for one, other in itertools.combinations(clients, 2):
        packages = differing_packages(one, other)
        if packages:
            yield Notice(
                "packages-differ",
                f"{one.title} and {other.title} came with different packages: {', '.join(packages)}.",
                "Part of the difference may be theirs; name them, such as `+sniffio==1.3.1`, to make them the same.",
            )


def _of_client(recording: Recording, client: ClientResult) -> list[Notice]:
    notices: list[Notice] = []
    name = client.name
    missing = sorted({f"{b.module}:{b.function}" for b in client.boundaries if not b.found})
    if missing:
        notices.append(
            Notice(
                "boundary-missing",
                f"{client.title} has no {', '.join(missing)}; work there counts to the layer around it.",
                "`clientprof clients` lists what was found.",
            )
        )
    notices.extend(unfinished_notices(client))
    if client.opaque:
        notices.append(
            Notice(
                "opaque",
                f"{client.title} is opaque: its work is done outside Python.",
                "Read its wall time and CPU per request; layers, functions and phases show only what Python sees of it.",
            )
        )
    notices.extend(_of_notes(client))
    share = server_cpu_share(recording, name)
    if share is not None and share > SERVER_BOUND_SHARE:
        notices.append(
            Notice(
                "server-bound",
                f"The origin was busy {percent(share)} of the time under {name}: its speed limits the client's.",
                "Install clientprof[fast], or use a smaller body.",
            )
        )
    failed = errors_notice(recording, client)
    notices += [] if failed is None else [failed]
    if client.profile is not None and client.profile.samples < FEW_SAMPLES:
        notices.append(
            Notice(
                "few-samples",
                f"{name} has {client.profile.samples} samples: shares are coarse.",
                _MORE_SAMPLES[recording.manifest.kind],
            )
        )
    notices.extend(kept_differences(recording, name))
    notices.extend(_of_instruments(recording, client))
    return notices


def _of_notes(client: ClientResult) -> Iterator[Notice]:
    """What the instruments said of themselves."""
    for note in client.notes:
        if note.startswith("not found in"):
            yield Notice("seam-missing", f"{note}.", "The marks or counters that need it are absent.")
        elif note.startswith(LEFT_OUT):
            yield Notice("instrument-left-out", f"{client.name}: {note}.", LEFT_OUT_ADVICE)
        elif note.startswith("probe removed"):
            text = f"{client.name}: {note}; it raised and was taken out."
            yield Notice("probe-removed", text, "Its part of the result is incomplete.")
        elif note.startswith("This platform"):
            yield Notice("no-timer", note)


def _disagreements(recording: Recording, client: ClientResult) -> list[Notice]:
    """Where client and origin counted differently: then an instrument is wrong, and the reader must know."""
    found = list(different_connections(recording, client))
    if not found:
        return []
    return [
        Notice(
            "instruments-disagree",
            f"{client.name}: client and origin counted differently: {'; '.join(found)}.",
            "One of the two is wrong; do not rely on the counts of connections.",
        )
    ]


def _of_instruments(recording: Recording, client: ClientResult) -> list[Notice]:
    notices = list(observer_notices(client))
    if client.control is not None and client.layers and not client.opaque and client.unfinished is None:
        layers_us = client.accounted_us
        control_us = client.control.cpu_us_per_request.value
        others = " and other threads" if client.other_threads_us else ""
        if control_us > 0 and abs(layers_us / control_us - 1) > LAYER_SUM_TOLERANCE:
            notices.append(
                Notice(
                    "layers-differ-from-control",
                    f"{client.name}: the layers{others} add up to {layers_us:,.0f} µs, "
                    f"the control runs took {control_us:,.0f} µs ({percent_change(layers_us / control_us)}). "
                    "They are separate processes, of which no two cost the same; besides, the sampler's interruptions "
                    "empty the caches, requests are tagged, and the machine drifts between runs.",
                    "Shares are not affected.",
                )
            )
    notices.extend(_disagreements(recording, client))
    if client.ledger is not None and not client.opaque:
        notices.extend(unattributed_notices(f"{client.name}'s requests", client.ledger.unattributed_share))
    if client.ledger is not None and not client.ledger.server_stamps:
        notices.append(
            Notice(
                "no-server-stamps",
                f"{client.name}: no usable stamps from the server; uplink, server, downlink and loop are one phase, wait.",
                "Only the local origin on this machine's clock stamps its responses.",
            )
        )
    switches, wall = interruptions(recording.of(client.name, "control"))
    # Threads of one client interrupt each other, those that an opaque one has too.
    if wall and switches / wall > BUSY_PER_S and not client.opaque and not in_threads(client.loop):
        notices.append(
            Notice(
                "busy-machine",
                f"{client.name} was interrupted by other programs {switches / wall:,.0f} times a second.",
                "Wall times and latencies are too long; CPU per request is hardly affected. End other programs.",
            )
        )
    return notices
