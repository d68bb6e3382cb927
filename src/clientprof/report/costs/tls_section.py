"""What TLS costs, part by part."""

from clientprof.model.results import TraceResult
from clientprof.report.writing.markup import Column, Html, caption, join, table
from clientprof.report.writing.tls_wording import ABOUT, TITLE, tls_table


def tls_section(result: TraceResult) -> Html | None:
    """Client beside client; nothing where none did any TLS."""
    told = tls_table(result)
    if told is None:
        return None
    heads, rows = told
    columns = [Column(""), *(Column(head, numeric=True) for head in heads)]
    growth = caption(
        "Growth: a connection's cost grows as the number made before it to this power; 0 where all cost the same."
    )
    return join((caption(ABOUT), table(TITLE, columns, rows), growth))
