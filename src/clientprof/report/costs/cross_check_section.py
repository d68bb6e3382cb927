"""What pyinstrument says of the same layers, beside our sampler."""

from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.writing.figures import percent
from clientprof.report.writing.markup import Column, Html, Node, caption, join, table, tag
from clientprof.report.writing.page_parts import bar, chip, per_client
from clientprof.report.writing.wording import client_name


def cross_check_section(result: TraceResult) -> Html | None:
    """Shares per layer by both instruments."""
    clients = [client for client in result.clients if client.cross_check]
    if not clients:
        return None
    text = caption(
        "Share of CPU by layer, by two instruments in separate runs. pyinstrument favours code made of many small "
        "calls, so moderate differences are expected; the order of the large layers should agree."
    )
    return join((text, per_client(clients, map(_shares, clients))))


def _shares(client: ClientResult) -> Html:
    full = max(max(row.ours, row.pyinstrument) for row in client.cross_check)
    columns = [Column("Layer"), Column("clientprof", class_="wide"), Column("pyinstrument", class_="wide")]
    rows: list[list[Node]] = [
        [chip("layer", row.layer), _share(row.layer, row.ours, full), _share(row.layer, row.pyinstrument, full)]
        for row in sorted(client.cross_check, key=lambda row: -row.ours)
    ]
    return table(f"{client_name(client)}: cross-check by pyinstrument", columns, rows, "bars inline-bars")


def _share(layer: str, share: float, full: float) -> Html:
    return join((tag("span", percent(share), class_="figure"), bar([(f"--layer-{layer}", share)], full)))
