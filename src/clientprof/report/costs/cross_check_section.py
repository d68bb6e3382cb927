"""What other profilers say of the same layers, beside our sampler."""

from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.writing.figures import percent
from clientprof.report.writing.markup import Column, Html, Node, caption, join, table, tag
from clientprof.report.writing.page_parts import bar, chip, per_client
from clientprof.report.writing.wording import client_name


def cross_check_section(result: TraceResult) -> Html | None:
    """Shares per layer by ours and by each of the others that ran."""
    clients = [client for client in result.clients if client.cross_check]
    if not clients:
        return None
    text = caption(
        "Share of CPU by layer, by separate runs of each instrument. pyinstrument favours code made of many small "
        "calls; Tachyon, the sampler of Python's own standard library, looks from outside. Moderate differences are "
        "expected; the order of the large layers should agree."
    )
    return join((text, per_client(clients, map(_table, clients))))


def _table(client: ClientResult) -> Html:
    columns = {"clientprof": [row.ours for row in client.cross_check]}
    for name in ("pyinstrument", "tachyon"):
        shares = [getattr(row, name) for row in client.cross_check]
        if None not in shares:
            columns[name] = shares
    full = max(map(max, columns.values()))
    order = sorted(range(len(client.cross_check)), key=lambda place: -client.cross_check[place].ours)
    rows: list[list[Node]] = []
    for place in order:
        layer = client.cross_check[place].layer
        rows.append([chip("layer", layer), *(_share(layer, shares[place], full) for shares in columns.values())])
    others = " and ".join(name for name in columns if name != "clientprof")
    return table(
        f"{client_name(client)}: cross-check by {others}",
        [Column("Layer"), *(Column(name, class_="wide") for name in columns)],
        rows,
        "bars inline-bars",
    )


def _share(layer: str, share: float, full: float) -> Html:
    return join((tag("span", percent(share), class_="figure"), bar([(f"--layer-{layer}", share)], full)))
