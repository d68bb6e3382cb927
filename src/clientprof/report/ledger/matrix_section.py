"""Who kept whom waiting: victim phase against culprit layer, a heat table per client."""

from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import PhaseRow
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.ledger.waiting_wording import HOLDERS_WAIT, cascade_causes, pool_wait
from clientprof.report.writing.figures import milliseconds
from clientprof.report.writing.markup import Column, Html, Node, caption, join, note, table, tag
from clientprof.report.writing.page_parts import chip, per_client
from clientprof.report.writing.wording import client_name

# At this strength the tint leaves body text above 4.5:1 in both themes.
_STRONGEST_PERCENT = 42


def matrix_section(result: TraceResult) -> Html | None:
    """Milliseconds per request that a phase stood ready while a layer held the loop."""
    clients = [client for client in result.clients if client.ledger is not None]
    if not any(client.ledger and not client.ledger.threads for client in clients):
        return None
    text = caption(
        "Rows: what a request was trying to do. Columns: the layer that held the event loop meanwhile. "
        "Cells: milliseconds per request, the stronger the colour, the more."
    )
    return join((text, _cascade_caption(clients), per_client(clients, map(_heat, clients))))


def _cascade_caption(clients: list[ClientResult]) -> Html | None:
    rows = [row for client in clients if (row := pool_wait(client))]
    if not rows:
        return None
    others = [f"{cause}: {HOLDERS_WAIT[cause]}" for cause in HOLDERS_WAIT if any(cause in row.cascade for row in rows)]
    return caption(
        "A request that waits in the pool waits for the requests that hold the connections. So the row \u201cpool: waiting "
        "for a connection\u201d says what those did meanwhile. Under a layer: a holder was ready to run, and that layer "
        f"held the loop. {'; '.join(others).capitalize() + '. ' if others else ''}"
        "This row has a colour scale of its own."
    )


def _heat(client: ClientResult) -> Html:
    ledger = client.ledger
    assert ledger is not None
    if ledger.threads:
        return note("In threads it is not known which layer of which thread had the interpreter meanwhile.")
    queued = pool_wait(client)
    ready = [row for row in ledger.phases if row.ready_us is not None and row.ready_us > 0]
    if all(row.states_us is None for row in ledger.phases):
        return note("Not known: nothing saw the steps of this client's event loop, so nobody can be blamed.")
    if not ready and queued is None:
        return note("No request of this client ever stood ready while the loop was busy.")
    causes = _causes(ready, queued)
    strongest = max((value for row in ready for value in row.blame.values()), default=0.0)
    columns = [Column("Phase"), Column("In all", numeric=True, hint="ms")]
    columns += [Column(cause, numeric=True, hint="ms") for cause in causes]
    cells: list[list[Node]] = []
    for row in ledger.phases:
        if row in ready:
            blame = {str(layer): value for layer, value in row.blame.items()}
            cells.append(
                [chip("phase", row.phase), tag("b", milliseconds(row.ready_us)), *_cells(blame, causes, strongest)]
            )
        if row is queued:
            head = chip("phase", row.phase, f"{row.phase}: waiting for a connection")
            cascade = {str(cause): value for cause, value in row.cascade.items()}
            cells.append([head, tag("b", milliseconds(row.wait_us)), *_cells(cascade, causes, max(cascade.values()))])
    return table(f"{client_name(client)}: phases by culprit layer", columns, cells, "heat")


def _causes(ready: list[PhaseRow], queued: PhaseRow | None) -> list[str]:
    """The columns: layers in their order, then what else the holders of connections waited for."""
    cascade = cascade_causes(queued) if queued else []
    blamed = {str(layer) for row in ready for layer, value in row.blame.items() if value > 0}
    layers = [str(layer) for layer in Layer if layer in blamed or layer in cascade]
    return layers + [cause for cause in cascade if cause not in layers]


def _cells(values: dict[str, float], causes: list[str], strongest_us: float) -> list[Html]:
    return [_cell(values.get(cause, 0.0), strongest_us) for cause in causes]


def _cell(value_us: float, strongest_us: float) -> Html:
    if value_us <= 0:
        return tag("span", "·", class_="cell", aria_label="none")
    heat = _STRONGEST_PERCENT * value_us / strongest_us
    return tag("span", milliseconds(value_us), class_="cell", style=f"--heat:{heat:.1f}%")
