"""Who kept whom waiting: victim phase against culprit layer, a heat table per client."""

from clientprof.model.layers import Layer
from clientprof.model.ledger import Ledger
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.figures import milliseconds
from clientprof.report.markup import Column, Html, Node, caption, join, note, table, tag
from clientprof.report.sections.marks import chip, per_client
from clientprof.report.wording import client_name

# At this strength the tint leaves body text above 4.5:1 in both themes.
_STRONGEST_PERCENT = 42


def matrix_section(result: TraceResult) -> Html | None:
    """Milliseconds per request that a phase stood ready while a layer held the loop."""
    clients = [client for client in result.clients if client.ledger is not None]
    if not clients:
        return None
    text = caption(
        "Rows: what a request was trying to do. Columns: the layer that held the event loop meanwhile. "
        "Cells: milliseconds per request, darker is more."
    )
    return join((text, per_client(clients, map(_heat, clients))))


def _heat(client: ClientResult) -> Html:
    ledger = client.ledger
    assert ledger is not None
    rows = [row for row in ledger.phases if row.ready_us > 0]
    if not rows:
        return note("No request of this client ever stood ready while the loop was busy.")
    culprits = _culprits(ledger)
    strongest = max((value for row in rows for value in row.blame.values()), default=0.0)
    columns = [Column("Phase"), Column("Ready", numeric=True, hint="ms")]
    columns += [Column(str(layer), numeric=True, hint="ms") for layer in culprits]
    cells: list[list[Node]] = [
        [
            chip("phase", row.phase),
            tag("b", milliseconds(row.ready_us)),
            *(_cell(row.blame.get(layer, 0.0), strongest) for layer in culprits),
        ]
        for row in rows
    ]
    return table(f"{client_name(client)}: phases by culprit layer", columns, cells, "heat")


def _culprits(ledger: Ledger) -> list[Layer]:
    return [layer for layer in Layer if any(row.blame.get(layer, 0.0) > 0 for row in ledger.phases)]


def _cell(value_us: float, strongest_us: float) -> Html:
    if value_us <= 0:
        return tag("span", "·", class_="cell", aria_label="none")
    heat = _STRONGEST_PERCENT * value_us / strongest_us
    return tag("span", milliseconds(value_us), class_="cell", style=f"--heat:{heat:.1f}%")
