"""Styles and scripts of pages, which are files of the package."""

from importlib.resources import files

FOLDER = files("clientprof.report").joinpath("assets")


def asset(name: str) -> str:
    """The text of ``page.css`` or ``page.js``."""
    return FOLDER.joinpath("styles" if name.endswith(".css") else "scripts", name).read_text(encoding="utf-8")


def page_styles(*own: str) -> tuple[str, ...]:
    """Those of a page with an answer, tables and pictures, in their order; ``own`` are what it has more than others."""
    return ("page.css", "answer.css", "tables.css", "pictures.css", "charts.css", *own, "print.css")
