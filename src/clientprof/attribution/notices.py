"""What the reader must know about the measurement before believing it: a closed list, each with advice."""

from clientprof.attribution.counter_rows import connections_opened
from clientprof.attribution.headline import rounds_of
from clientprof.model.findings import Notice
from clientprof.model.recording import Recording, RoundKind
from clientprof.model.results import ClientResult

SERVER_BOUND_SHARE = 0.80
LAYER_SUM_TOLERANCE = 0.03
BUDGET = 1.10
FEW_SAMPLES = 500


def notices_of(recording: Recording, clients: tuple[ClientResult, ...]) -> tuple[Notice, ...]:
    """All notices, those of the measuring side first."""
    notices = [Notice(*row) for row in recording.manifest.notices]
    if not recording.manifest.complete:
        notices.append(
            Notice("incomplete", "The run was cut short; what was measured until then is shown.", "Measure again.")
        )
    for client in clients:
        notices.extend(_of_client(recording, client))
    return tuple(notices)


def server_cpu_share(recording: Recording, client: str) -> float | None:
    """The origin's CPU per wall time in the measured rounds of the control runs; None without its log."""
    truths = [run.facts.origin for run in recording.of(client, "control") if run.facts.origin is not None]
    wall = sum(truth.wall_ns for truth in truths)
    return sum(truth.cpu_ns for truth in truths) / wall if wall else None


def obstacles(recording: Recording, clients: tuple[ClientResult, ...]) -> tuple[str, ...]:
    """Reasons that forbid a verdict."""
    found: list[str] = []
    for client in clients:
        share = server_cpu_share(recording, client.name)
        if share is not None and share > SERVER_BOUND_SHARE:
            found.append(f"server-bound: the origin was busy {share:.0%} of the time under {client.name}")
        if client.control is not None and client.control.errors:
            found.append(f"{sum(client.control.errors.values())} requests of {client.name} failed")
    return tuple(found)


def _of_client(recording: Recording, client: ClientResult) -> list[Notice]:
    notices: list[Notice] = []
    name = client.name
    missing = sorted({f"{b.module}:{b.function}" for b in client.boundaries if not b.found})
    if missing:
        notices.append(
            Notice(
                "boundary-missing",
                f"{name} {client.version} has no {', '.join(missing)}; work there counts to the layer around it.",
                "`clientprof clients` lists what was found.",
            )
        )
    for note in client.notes:
        if note.startswith("not found in"):
            notices.append(Notice("seam-missing", f"{note}.", "The marks or counters that need it are absent."))
        elif note.startswith("probe removed"):
            notices.append(
                Notice(
                    "probe-removed",
                    f"{name}: {note}; it raised and was taken out.",
                    "Its part of the result is incomplete.",
                )
            )
        elif note.startswith("This platform"):
            notices.append(Notice("no-timer", note))
    share = server_cpu_share(recording, name)
    if share is not None and share > SERVER_BOUND_SHARE:
        notices.append(
            Notice(
                "server-bound",
                f"The origin was busy {share:.0%} of the time under {name}: its speed limits the client's.",
                "Install clientprof[fast], or use a smaller body.",
            )
        )
    if client.control is not None and client.control.errors:
        listed = ", ".join(f"{count} {kind}" for kind, count in sorted(client.control.errors.items()))
        notices.append(
            Notice("errors", f"{name}: {listed}.", "Failed requests are counted, not averaged into the times.")
        )
    if client.profile is not None and client.profile.samples < FEW_SAMPLES:
        notices.append(
            Notice("few-samples", f"{name} has {client.profile.samples} samples: shares are coarse.", "Raise --rounds.")
        )
    notices.extend(_of_instruments(recording, client))
    return notices


def _disagreements(recording: Recording, client: ClientResult) -> list[Notice]:
    """Where client and origin counted differently: then an instrument is wrong, and the reader must know."""
    found: list[str] = []
    for run in recording.of(client.name, "ledger"):
        truth, opened = run.facts.origin, connections_opened(run)
        if truth is not None and truth.accepts != opened:
            found.append(f"{opened} connections opened by the client, {truth.accepts} accepted by the origin")
    cold = client.cold
    if cold is not None and cold.connects_by_origin is not None:
        if cold.connects != cold.connects_by_origin:
            found.append(f"{cold.connects} against {cold.connects_by_origin} connections in the cold round")
        if cold.handshakes != cold.handshakes_by_origin:
            found.append(f"{cold.handshakes} against {cold.handshakes_by_origin} handshakes in the cold round")
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
    notices: list[Notice] = []
    for lens in ("ledger", "sample"):
        effect = client.observer.get(lens)
        if effect is not None and effect.low is not None and effect.low > BUDGET:
            notices.append(
                Notice(
                    "observer-over-budget",
                    f"The {lens} lens cost {client.name} {effect.value:.2f}x the control's CPU (budget {BUDGET:.2f}x).",
                    "Read its shares, not its times; `python benchmarks/observer_effect.py` measures it in blocks.",
                )
            )
    if client.control is not None and client.layers:
        layers_us = sum(row.cpu_us_per_request.value for row in client.layers)
        control_us = client.control.cpu_us_per_request.value
        if control_us > 0 and abs(layers_us / control_us - 1) > LAYER_SUM_TOLERANCE:
            notices.append(
                Notice(
                    "layers-differ-from-control",
                    f"{client.name}: the layers add up to {layers_us:,.0f} us, the control runs took {control_us:,.0f} us "
                    f"({layers_us / control_us - 1:+.1%}). They are separate processes: the sampler's interruptions "
                    "empty the caches, requests are tagged, and the machine drifts between runs.",
                    "Shares are not affected.",
                )
            )
    notices.extend(_disagreements(recording, client))
    if client.ledger is not None and not client.ledger.server_stamps:
        notices.append(
            Notice(
                "no-server-stamps",
                f"{client.name}: no usable stamps from the server; uplink, server, downlink and loop are one phase, wait.",
                "Only the local origin on this machine's clock stamps its responses.",
            )
        )
    switches = sum(
        int(value)
        for run in recording.of(client.name, "control")
        for value, measured in zip(run.column("round.involuntary"), rounds_of(run, RoundKind.MEASURED), strict=True)
        if measured
    )
    wall = client.control.wall_s.value * client.control.rounds if client.control else 0.0
    if wall and switches / wall > 100:
        notices.append(
            Notice(
                "busy-machine",
                f"{client.name} was interrupted by other programs {switches / wall:,.0f} times a second.",
                "Wall times and latencies are too long; CPU per request is hardly affected. End other programs.",
            )
        )
    return notices
