"""Method and limits: observer effect, warnings with their advice, boundaries that were not found, glossary."""

from collections.abc import Mapping

from clientprof.model.estimate import shown_unit
from clientprof.model.layers import LAYER_MEANING, Layer
from clientprof.model.phases import PHASE_MEANING, Phase
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.writing.figures import ABSENT, percent, ratio_full
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, note, prose, table, tag
from clientprof.report.writing.page_parts import chip
from clientprof.report.writing.wording import client_name

_METHOD = (
    "Each lens runs in a process of its own, so that no instrument disturbs another. Headline times come from the "
    "control lens only, which reads the clock twice per request and does nothing else. Ratios are means of paired, "
    "interleaved blocks with 95 % bootstrap intervals; a difference counts only if its interval excludes [0.98, 1.02] "
    "and the baseline compared with itself does not differ."
)


def method_section(result: TraceResult) -> Html:
    """What the numbers rest on and where they end."""
    return join(
        (
            tag("p", _METHOD),
            _observer(result),
            _selfcheck(result),
            _notices(result),
            join(_limits(client) for client in result.clients),
            details("Layers: what the names mean", _glossary("layer", LAYER_MEANING)),
            details("Phases: what the names mean", _glossary("phase", PHASE_MEANING)),
        )
    )


def _observer(result: TraceResult) -> Html | None:
    lenses = list(dict.fromkeys(lens for client in result.clients for lens in client.observer))
    if not lenses:
        return note("The observer effect was not measured in this run.")
    clients = [client for client in result.clients if client.observer]
    columns = [
        Column("Lens"),
        *(Column(client_name(client), numeric=True, hint="CPU, control = 1") for client in clients),
    ]
    rows: list[list[Node]] = [
        [lens, *(ratio_full(client.observer[lens]) if lens in client.observer else ABSENT for client in clients)]
        for lens in lenses
    ]
    text = caption(
        "What each instrument costs: CPU per request under the lens, as a multiple of the run without instruments."
    )
    return join((tag("h3", "Observer effect"), text, table("Observer effect", columns, rows)))


def _selfcheck(result: TraceResult) -> Html | None:
    check = result.selfcheck
    if check is None:
        return None
    columns = [
        Column("Check"),
        Column("Error", numeric=True),
        Column("Tolerance", numeric=True),
        Column("Unit"),
        Column("Verdict"),
    ]
    rows: list[list[Node]] = [
        [
            row.name,
            ABSENT if row.error is None else f"{row.error:+.3g}",
            f"{row.tolerance:g}",
            shown_unit(row.unit),
            row.verdict,
        ]
        for row in check.rows
    ]
    text = caption(
        "The profiler against truths it does not know, measured on this machine: planted slow-downs, the server's own log, "
        f"work of known shares. Measured on {check.date}; verdict: {check.verdict}."
    )
    return join((tag("h3", "Self-check"), text, table("Self-check", columns, rows)))


def _notices(result: TraceResult) -> Html | None:
    if not result.notices:
        return None
    rows = join(
        join((tag("dt", tag("code", notice.id)), tag("dd", _notice(notice.text, notice.advice))))
        for notice in result.notices
    )
    return join((tag("h3", "Warnings"), tag("dl", rows, class_="warned")))


def _notice(text: str, advice: str) -> Html:
    return join((prose(text), tag("p", prose(advice), class_="quiet") if advice else None))


def _limits(client: ClientResult) -> Html | None:
    lost = [boundary for boundary in client.boundaries if not boundary.found]
    lines: list[Node] = [
        join(
            (
                tag("code", f"{boundary.module}.{boundary.function}"),
                f", boundary of layer {boundary.layer}, is not in this version; its cost falls to its caller's layer.",
            )
        )
        for boundary in lost
    ]
    lines += client.notes
    if client.unattributed_share is not None:
        lines.append(f"Unattributed: {percent(client.unattributed_share)}.")
    if client.profile is not None:
        profile = client.profile
        lines.append(
            f"The call tree rests on {profile.samples:,} samples of {profile.requests:,} requests, "
            f"one every {profile.interval_us:,.0f} µs on average."
        )
    if not lines:
        return None
    return join((tag("h3", f"Limits for {client_name(client)}"), tag("ul", join(tag("li", line) for line in lines))))


def _glossary(kind: str, meaning: Mapping[Layer, str] | Mapping[Phase, str]) -> Html:
    rows = join(join((tag("dt", chip(kind, name)), tag("dd", text))) for name, text in meaning.items())
    return tag("dl", rows, class_="glossary")
