"""A block's report as HTML for notebooks: plain tables, which take the notebook's own style."""

import re

from clientprof.model.costs.watching import SiteCosts, Watched
from clientprof.report.watching.table import HEADINGS, cells_of
from clientprof.report.watching.text import MOST_SITES, in_words
from clientprof.report.writing.escape import escape_html

# How ipykernel and IPython name the file of a cell.
_CELL = re.compile(r"^(.*/)?ipykernel_\d+/\d+\.py$|^<ipython-input-\d+-\w+>$")


def watched_html(watched: Watched) -> str:
    """The figures in two lines, failures by type, and a table by call site."""
    parts = [f"<p>{'<br>'.join(escape_html(line) for line in in_words(watched.costs).splitlines())}</p>"]
    if watched.failure_types:
        kinds = sorted(watched.failure_types.items(), key=lambda item: (-item[1], item[0]))
        failed = ", ".join(f"{escape_html(name)} {count:,}" for name, count in kinds)
        parts.append(f"<p>Failed by {failed}.</p>")
    sites = watched.call_sites[:MOST_SITES]
    if sites:
        parts.append(_table(sites))
    if len(watched.call_sites) > len(sites):
        parts.append(f"<p>and {len(watched.call_sites) - len(sites)} more</p>")
    parts += [f"<p>Not watched: {escape_html(note)}.</p>" for note in watched.notes]
    return "".join(parts)


def _table(sites: tuple[SiteCosts, ...]) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("call site", "client", *HEADINGS))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(map(_row, sites))}</tbody></table>"


def _row(each: SiteCosts) -> str:
    cells = "".join(f"<td>{cell}</td>" for cell in cells_of(each.costs))
    return f'<tr><th scope="row">{escape_html(_place(each))}</th><td>{escape_html(each.client)}</td>{cells}</tr>'


def _place(each: SiteCosts) -> str:
    site = each.site
    if site is None:
        return "no line of the program"
    file = "cell" if _CELL.match(site.file) else site.file.rpartition("/")[2]
    through = f" through {', '.join(site.through)}" if site.through else ""
    name = "" if site.function == "<module>" else f" {site.function}"
    return f"{file}, line {site.line}{name}{through}" if file == "cell" else f"{file}:{site.line}{name}{through}"
