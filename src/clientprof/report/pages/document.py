"""A page as one HTML file: no network, no build step, readable without JavaScript."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import TypeVar

from clientprof.report.sections import Section
from clientprof.report.writing.assets import asset, page_styles
from clientprof.report.writing.markup import Html, join, tag
from clientprof.report.writing.page_parts import unbroken
from clientprof.report.writing.palette import custom_properties

STYLES = page_styles("time.css")
TIME_SCRIPTS = (
    "numbers.js",
    "time_axis.js",
    "time_view.js",
    "waterfall.js",
    "waterfall_panel.js",
    "waterfall_view.js",
    "loop_time.js",
    "loop_time_view.js",
)
FLAME_SCRIPTS = ("pinch.js", "flame_layout.js", "flame_view.js", "flame_link.js", "flame_controls.js")
SCRIPTS = (*FLAME_SCRIPTS, *TIME_SCRIPTS, "page.js")

R = TypeVar("R")


def document(
    title: str,
    created: str,
    seed: int,
    titles: Mapping[str, str],
    rendered: Mapping[str, Html],
    more: Html | None,
    written: Mapping[str, str],
    *,
    styles: tuple[str, ...] = STYLES,
    scripts: tuple[str, ...] = SCRIPTS,
) -> str:
    """A whole page of sections; ``titles`` and ``rendered`` have the same keys, ``written`` names files with their paths.

    ``styles`` and ``scripts`` are assets, in the order in which the page has them.
    """
    body = tag(
        "body",
        tag("a", "Skip to the answer", href="#answer", class_="skip"),
        _header(title, created, seed),
        _navigation(titles),
        tag("main", join(_section(name, titles[name], text) for name, text in rendered.items()), more),
        _footer(written),
        script_of(scripts),
    )
    return f"<!doctype html>\n{tag('html', page_head(title, styles, scripts), body, lang='en')}\n"


def filled(sections: Mapping[str, Section[R]], result: R) -> tuple[dict[str, str], dict[str, Html], Html | None]:
    """The sections that have something to show of the result: titles, markup, and a list of those that have not."""
    rendered = {name: Html(text) for name, section in sections.items() if (text := section.render(result)) is not None}
    titles = {name: sections[name].title for name in rendered}
    return titles, rendered, absent([section for name, section in sections.items() if name not in rendered])


def absent(sections: Iterable[Section[R]]) -> Html | None:
    """What is not in the report, and what each would need; None where nothing is missing."""
    lines = [f"{section.title}: needs {section.needs}" if section.needs else section.title for section in sections]
    if not lines:
        return None
    heading = tag("h2", "Not in this report", id="absent-title")
    items = tag("ul", join(tag("li", line) for line in lines))
    return tag("section", heading, items, id="absent", aria_labelledby="absent-title")


def script_of(scripts: tuple[str, ...]) -> Html:
    """The page's script, which its head allows by its digest."""
    return Html(f'<script type="module">{_script(scripts)}</script>')


def _script(scripts: tuple[str, ...]) -> str:
    # One module script: inline modules cannot import one another, so the files share its scope.
    return "\n" + "\n".join(asset(name) for name in scripts)


def page_head(title: str, styles: tuple[str, ...], scripts: tuple[str, ...], policy: str = "") -> Html:
    """The head of a page with these assets, the scripts as one; ``policy`` allows more than that, as CSP writes it."""
    style = "\n".join([custom_properties(), *(asset(name) for name in styles)])
    # Browsers that know hashes (CSP level 2) run this script only and ignore 'unsafe-inline', which is for older ones.
    digest = base64.b64encode(hashlib.sha256(_script(scripts).encode()).digest()).decode()
    whole = (
        "default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src 'unsafe-inline' 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
        f"{policy}"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=whole),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("link", rel="icon", href="data:,"),
        tag("title", f"{title} · clientprof"),
        Html(f"<style>{style}</style>"),
    )


def _header(title: str, created: str, seed: int) -> Html:
    made = join((created, " · seed ", seed))
    return tag(
        "header",
        tag("p", "clientprof", class_="mark"),
        tag("h1", unbroken(title)),
        tag("p", made, class_="quiet"),
    )


def _navigation(titles: Mapping[str, str]) -> Html:
    links = join(tag("li", tag("a", title, href=f"#{name}")) for name, title in titles.items())
    return tag("nav", tag("ol", links), aria_label="Sections")


def _section(name: str, title: str, text: Html) -> Html:
    heading = tag("h2", title, id=f"{name}-title")
    return tag("section", heading, text, id=name, aria_labelledby=f"{name}-title")


def _footer(written: Mapping[str, str]) -> Html | None:
    rows = join(join((tag("dt", name), tag("dd", tag("code", path)))) for name, path in written.items())
    return tag("footer", tag("p", "Files of this run"), tag("dl", rows)) if written else None
