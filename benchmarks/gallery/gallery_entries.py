"""What the gallery shows: the commands, and how each result is told in one sentence made of its summary's own figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clientprof.model.estimate import Estimate
from clientprof.report.writing.figures import ratio_full

Summary = Mapping[str, Any]

# Columns of a scenario's table that are told without the table, and what follows their figure.
_TOLD = {"CPU/req": "of CPU per request", "p50": "in the median"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One folder of the gallery.

    ``command`` is what follows ``clientprof``, without ``--out``; ``quick`` a run of the same kind that takes seconds and
    whose figures are worth nothing. ``tell`` gives the sentence. ``finding`` is the id of the finding written beside the
    report; "" is the costliest there is, None is none.
    """

    name: str
    title: str
    command: tuple[str, ...]
    quick: tuple[str, ...]
    tell: Callable[[Summary], str]
    finding: str | None = None


def compared(summary: Summary) -> str:
    """CPU per request of every candidate against the baseline, with interval, verdict and both figures: a sentence each."""
    levels = {
        client["name"]: client["control"]["cpu_us_per_request"]["value"]
        for client in summary["clients"]
        if client.get("control")
    }
    versions = {client["name"]: client["version"] for client in summary["clients"]}
    told = []
    for row in summary["comparisons"]:
        if row["metric"] != "cpu_us_per_request":
            continue
        names = [_versioned(row[side], versions) for side in ("candidate", "baseline")]
        figures = " against ".join(_figure(levels.get(row[side])) for side in ("candidate", "baseline"))
        told.append(
            f"{names[0]} spends {_interval(row['ratio'])} the CPU of {names[1]} per request ({figures}); "
            f"verdict: {row['verdict']}."
        )
    return " ".join(told) if told else "Nothing was compared."


def remarked(summary: Summary) -> str:
    """The remarks of a scenario, or the figures of its table that can be told where it has none."""
    story = summary["scenario"]
    if story["remarks"]:
        return " ".join(f"{remark}." for remark in story["remarks"])
    columns = story["columns"]
    rows = []
    for row in story["rows"]:
        cells = [
            f"{_figure(value, column['places'])} {column['unit']} {_TOLD[column['title']]}"
            for column, value in zip(columns, row["values"], strict=True)
            if value is not None and column["title"] in _TOLD
        ]
        rows.append(f"{row['name']}: {', '.join(cells)}.")
    return " ".join(rows)


def answered(summary: Summary) -> str:
    """The answer that the command itself gives."""
    answer = summary["answer"]
    return answer if isinstance(answer, str) else " ".join(answer)


def _versioned(name: str, versions: Mapping[str, str]) -> str:
    version = versions.get(name, "")
    return name if not version or version in name else f"{name} {version}"


def _interval(estimate: Mapping[str, Any]) -> str:
    """In the places that the reports give a ratio."""
    return ratio_full(Estimate(estimate["value"], estimate["low"], estimate["high"], "x", 1))


def _figure(value: float | None, places: int | None = None) -> str:
    if value is None:
        return "-"
    if places is None:
        return f"{value:,.0f} µs"
    return f"{value:,.{places}f}"


_SMALL = ("-n", "16", "--rounds", "1", "--blocks", "1")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "httpx-vs-aiohttp",
        "httpx against aiohttp, 512 requests at once",
        ("trace", "--client", "httpx", "-n", "512"),
        ("trace", "--client", "httpx", *_SMALL),
        compared,
        "",
    ),
    Entry(
        "httpx2-vs-httpx-limit-512",
        "httpx2 against httpx, 512 requests at once on as many connections",
        ("trace", "--client", "httpx2", "--against", "httpx", "-n", "512", "--limit", "512"),
        ("trace", "--client", "httpx2", "--against", "httpx", "--limit", "16", *_SMALL),
        compared,
        "",
    ),
    Entry(
        "sniffio-missing",
        "httpx without and with sniffio installed",
        ("trace", "--client", "httpx==0.28.1", "--against", "httpx==0.28.1+sniffio", "-n", "512"),
        ("trace", "--client", "httpx==0.28.1", "--against", "httpx==0.28.1+sniffio", *_SMALL),
        compared,
        "sniffio-missing",
    ),
    Entry(
        "keep-alive-lost",
        "Keep-alive lost above 20 connections, with a server that takes 100 ms",
        ("scenario", "keepalive"),
        ("scenario", "keepalive", "--quick"),
        remarked,
        "keepalive-eviction",
    ),
    Entry(
        "fastapi-service",
        "A FastAPI service that calls another server, in five ways",
        ("scenario", "fastapi"),
        ("scenario", "fastapi", "--quick"),
        answered,
    ),
    Entry(
        "versions-of-httpx",
        "Versions of httpx over time, and httpx2",
        (
            "compare", "httpx==0.25.2", "httpx==0.27.2", "httpx==0.28.1", "httpx2", "-n", "512",
            "--max-time", "240",
        ),
        ("compare", "httpx==0.27.2", "httpx==0.28.1", "-n", "16", "--quick", "--blocks", "2"),
        compared,
    ),
    Entry(
        "tls-cold-start",
        "A new client, connection and handshake for each request, over TLS",
        ("scenario", "cold"),
        ("scenario", "cold", "--quick"),
        remarked,
    ),
    Entry(
        "staircase-of-httpx",
        "What explains the gap between httpx and aiohttp, by experiment",
        ("explain", "--client", "httpx", "-n", "512"),
        ("explain", "--client", "httpx", "-n", "16", "--max-time", "20"),
        answered,
    ),
    Entry(
        "staircase-of-httpx2",
        "What explains the gap between httpx2 and aiohttp on 512 connections, by experiment",
        ("explain", "--client", "httpx2", "-n", "512", "--limit", "512"),
        ("explain", "--client", "httpx2", "-n", "16", "--max-time", "20"),
        answered,
    ),
)  # fmt: skip
