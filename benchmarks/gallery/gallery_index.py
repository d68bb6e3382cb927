"""The index of the gallery, as Markdown and as a page: one row per folder, every figure from its ``summary.json``."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clientprof.cli.files.outcome import REPORT, SUMMARY
from clientprof.report.writing.assets import asset
from clientprof.report.writing.markup import Html, join, prose, tag
from clientprof.report.writing.palette import custom_properties
from gallery_entries import Entry
from gallery_folder import gist

_ORDER = (REPORT, "finding.md", "explanation.md", "repro.py", "chart.svg", SUMMARY, "recording.clientprof")
_STYLES = ("page.css", "tables.css", "print.css")
_INTRODUCTION = (
    "Real results, each from one command on one machine on the day given. Ratios and counts carry over to other machines; "
    "microseconds do not. Brackets are 95 % intervals. Findings and advice are those of clientprof on that day; today's "
    "version groups them by cause and may advise more."
)
REMAKE = "python benchmarks/gallery/make_gallery.py"


@dataclass(frozen=True, slots=True)
class Shown:
    """One row: the title, the sentence, when, on what, by which command, and the files that are there."""

    name: str
    title: str
    sentence: str
    date: str
    environment: str
    command: str
    files: tuple[str, ...]
    warnings: int


def rows(entries: Iterable[Entry], folder: Path) -> list[Shown]:
    """The entries that have a folder with a summary, in the order given."""
    found = []
    for entry in entries:
        path = folder / entry.name / SUMMARY
        if not path.is_file():
            continue
        summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        there = tuple(name for name in _ORDER if (path.parent / name).exists())
        # Summaries write us for microseconds, as all files for scripts do.
        text = re.sub(r"(?<=[0-9]) us\b", " µs", entry.tell(summary).replace("\u00a0", " "))
        incomplete = "" if summary["complete"] else " The run was cut short."
        found.append(
            Shown(
                entry.name, entry.title, text + incomplete, summary["created"][:10], environment_of(summary),
                " ".join(gist(summary["command"])), there, len(summary["warnings"]),
            )
        )  # fmt: skip
    return found


def environment_of(summary: dict[str, Any]) -> str:
    """Interpreter, system, cores and the event loop's server in one line, as far as the summary has them."""
    flat: dict[str, str] = {}
    for group, value in summary["environment"].items():
        if isinstance(value, dict):
            flat.update({f"{group}: {name}": text for name, text in value.items()})
        else:
            flat[group] = value
    wanted = {name.rpartition(": ")[2]: value for name, value in flat.items()}
    parts = [wanted.get("python"), wanted.get("system")]
    cores = wanted.get("cores")
    parts.append(f"{cores} cores" if cores and cores.isdigit() else cores)
    return ", ".join(part for part in parts if part)


def markdown(shown: Sequence[Shown]) -> str:
    """``README.md``."""
    lines = ["# Gallery", "", _INTRODUCTION, "", f"Made again by `{REMAKE}`; nothing here is typed by hand.", ""]
    for row in shown:
        links = " · ".join(f"[{name}]({row.name}/{name})" for name in row.files)
        lines += [f"## {row.title}", "", _escaped(row.sentence), "", f"{links}  ", f"{_about(row)}  "]
        lines += [f"`{row.command}`", ""]
    return "\n".join(lines)


def page(shown: Sequence[Shown]) -> str:
    """``index.html``: the same in the reports' own dress, one file, nothing from the network."""
    style = "\n".join([custom_properties(), *(asset(name) for name in _STYLES)])
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", "Gallery · clientprof"),
        Html(f"<style>{style}</style>"),
    )
    made = join(("Made again by ", tag("code", REMAKE), "; nothing here is typed by hand."))
    header = tag("header", tag("p", "clientprof", class_="mark"), tag("h1", "Gallery"), tag("p", _INTRODUCTION))
    body = tag("body", header, tag("p", made, class_="quiet"), tag("main", join(_section(row) for row in shown)))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _section(row: Shown) -> Html:
    links = join(tag("li", tag("a", name, href=f"{row.name}/{name}")) for name in row.files)
    return tag(
        "section",
        tag("h2", tag("a", row.title, href=f"{row.name}/{REPORT}"), id=f"{row.name}-title"),
        tag("p", prose(row.sentence)),
        tag("nav", tag("ol", links), aria_label=f"Files: {row.title}"),
        tag("p", _about(row), class_="quiet"),
        tag("p", tag("code", row.command), class_="quiet"),
        id=row.name,
        aria_labelledby=f"{row.name}-title",
    )


def _about(row: Shown) -> str:
    warned = f", {row.warnings} warning{'s' if row.warnings > 1 else ''} in the report" if row.warnings else ""
    return f"{row.date}, {row.environment}{warned}"


def _escaped(text: str) -> str:
    """Underscores and brackets as text, not as Markdown."""
    return "".join(f"\\{character}" if character in "_*[]<>|" else character for character in text)
