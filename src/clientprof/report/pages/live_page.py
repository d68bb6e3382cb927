"""The live view as a page, and what it is sent twice a second: texts that are ready to be shown.

The page asks nothing of the network but its own stream of events, and runs no script but its own.
"""

from clientprof.model.programs.live import LiveLook
from clientprof.report.pages.document import page_head, script_of
from clientprof.report.writing.figures import ABSENT, percent
from clientprof.report.writing.markup import Html, tag

Rows = list[list[str]]
_STYLES, _SCRIPTS = ("page.css", "tables.css"), ("live.js",)
# A heading, the heads of the columns, and how many of the columns are text; the rest are figures.
_TABLES = {
    "figures": ("", ("", ""), 1),
    "sites": ("Call sites", ("call site", "client", "a second", "p50 ms", "failed"), 2),
    "holders": ("For whom the loop ran", ("", "of the time"), 1),
}


def live_message(title: str, look: LiveLook) -> dict[str, str | Rows]:
    """What the page shows of a look."""
    return {
        "title": f"{title}, {look.seconds:,.0f} s",
        "figures": [
            ["requests", f"{look.requests:,}"],
            ["a second", f"{look.per_s:,.1f}"],
            ["failed", f"{look.failed:,}"],
            ["in flight", f"{look.in_flight:,}"],
            ["waiting for a connection", _text(look.waiting, ",.0f")],
            ["loop busy", percent(look.busy)],
            ["longest step, ms", _text(look.longest_step_ms, ",.1f")],
            ["lag p99, ms", _text(look.lag_p99_ms, ",.2f")],
        ],
        "sites": [
            [f"{site.place} {site.function}", site.client, f"{site.per_s:,.1f}", _text(site.p50_ms, ",.1f"),
             f"{site.failed:,}"]
            for site in look.sites
        ],
        "holders": [[holder.name, percent(holder.share)] for holder in look.holders],
    }  # fmt: skip


def live_page(title: str) -> str:
    """The page before its first look."""
    head = page_head(f"{title}, live", _STYLES, _SCRIPTS, "; connect-src 'self'")
    tables = [_table(name, *about) for name, about in _TABLES.items()]
    main = tag("main", tag("p", "waiting for the first look", id="state", role="status", class_="quiet"), *tables)
    header = tag("header", tag("p", "clientprof", class_="mark"), tag("h1", title, id="title"))
    body = tag("body", header, main, script_of(_SCRIPTS))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _table(name: str, heading: str, heads: tuple[str, ...], texts: int) -> Html:
    titles = [
        tag("th", head, scope="col", class_="number" if place >= texts else None) for place, head in enumerate(heads)
    ]
    shown = tag("thead", tag("tr", *titles)) if any(heads) else None
    inner = tag("table", shown, tag("tbody", id=name, data_texts=str(texts)))
    return tag("section", tag("h2", heading) if heading else None, tag("div", inner, class_="scroll"))


def _text(value: float | None, form: str) -> str:
    return ABSENT if value is None else format(value, form)
