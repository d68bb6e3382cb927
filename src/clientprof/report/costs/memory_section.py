"""What a request in flight, a connection and a client hold, by layer and function."""

from clientprof.model.results import TraceResult
from clientprof.report.writing.markup import Column, Html, Node, caption, join, table, tag
from clientprof.report.writing.memory_wording import (
    ABOUT,
    against,
    function_rows,
    layer_rows,
    measured,
    memory_sentence,
    other_rows,
    unseen,
)
from clientprof.report.writing.wording import client_name


def memory_section(result: TraceResult, baseline: str = "") -> Html | None:
    """Sentences, layers side by side, the rest, and the functions of each client; nothing without the lens. ``baseline`` is
    what others are held against.
    """
    shown = measured(result)
    lacking = [tag("p", line) for line in unseen(result)]
    if not shown:
        return join(lacking) if lacking else None
    said = [memory_sentence(client, memory) for client, memory in shown] + against(result, baseline)
    sentences = [*lacking, *(tag("p", line) for line in said)]
    heads = [Column(head, True) for client, _ in shown for head in (client_name(client), "share")]
    layers = table("Bytes of a request in flight, by layer", [Column("Layer"), *heads], _nodes(layer_rows(shown)))
    columns = [Column(""), *(Column(client_name(client), True) for client, _ in shown)]
    rest = table("What else is held", columns, _nodes(other_rows(shown)))
    functions = []
    for client, memory in shown:
        rows: list[list[Node]] = [[f"{row.module}.{row.function}", *cells] for row, cells in function_rows(memory)]
        names = [Column("Function"), Column("Layer"), Column("Bytes", True), Column("Blocks", True)]
        functions.append(table(f"{client_name(client)}: who holds a request's bytes", names, rows))
    return join((*sentences, caption(ABOUT), layers, rest, *functions))


def _nodes(rows: list[list[str]]) -> list[list[Node]]:
    return [list(row) for row in rows]
