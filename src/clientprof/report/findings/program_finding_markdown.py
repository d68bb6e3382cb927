"""``finding.md`` of a program: the claim and the remedy first, the call sites, then what supports and limits it, folded."""

from collections.abc import Sequence

from clientprof.model.findings import Finding
from clientprof.model.programs.results import ProgramResult
from clientprof.report.exporters.markdown import inert
from clientprof.report.findings.inert_markdown import code_text, details, inert_prose, inert_text, table
from clientprof.report.programs.program_wording import (
    METHOD,
    asked,
    client_text,
    counts_sentence,
    failures_text,
    ms,
    place,
    rate,
    thinned_sentence,
)
from clientprof.report.writing.escape import visible

_SITES = 15
_WHAT = {
    "report.html": "the whole report, one page; download and open it",
    "recording.zip": "everything measured; `clientprof report recording.zip` renders it",
    "speedscope.json": "flame graphs for www.speedscope.app",
}


def program_finding_markdown(
    finding: Finding, result: ProgramResult, files: Sequence[str], issue: str | None, left_out: Sequence[str]
) -> str:
    """The whole text. ``files`` are the names that lie beside it, ``left_out`` says what does not and why."""
    parts = [
        f"# {inert_prose(finding.title)}",
        f"For {issue}." if issue else "",
        f"**{inert_prose(finding.claim)}**",
        inert_text(counts_sentence(result)),
        f"**Why.** {inert_prose(finding.mechanism)}" if finding.mechanism else "",
        "\n".join(f"* {inert_prose(line)}" for line in finding.evidence),
        f"**What to do.** {inert_prose(finding.remedy)}",
        _code(finding.code),
        f"**For maintainers.** {inert_prose(finding.pointer)}" if finding.pointer else "",
        f"Background: {', '.join(finding.threads)}." if finding.threads else "",
        "**Reproduce.** No script: it was seen in a program of the reporter's own, under its own load.",
        details("Requests by call site", _sites(result)),
        details("What limits the program", inert_prose(result.answer.sentence)),
        details("Environment", _environment(result)),
        details("Method, and what it cannot show", _method(result)),
        details("What would refute this", inert_prose(finding.falsifier)),
        details("Files", _files(files, left_out)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _code(code: str) -> str:
    quoted = "\n".join(visible(line).replace("```", "'''") for line in code.split("\n"))
    language = "sh" if all(line.startswith("pip ") for line in quoted.split("\n")) else "python"
    return f"```{language}\n{quoted}\n```" if code else ""


def _sites(result: ProgramResult) -> str:
    head = ["call site", "client", "peer", "requests", "per second", "p50, ms", "p99, ms", "failed"]
    rows = [
        [
            f"`{code_text(f'{place(site.file, site.line)} {site.function}')}`",
            inert_text(client_text(site)),
            inert_text(asked(site)),
            f"{site.requests:,}",
            rate(site.per_second),
            ms(site.latency_ms.p50),
            ms(site.latency_ms.p99),
            inert_text(failures_text(site)),
        ]
        for site in result.call_sites[:_SITES]
    ]
    return table(head, rows) if rows else ""


def _environment(result: ProgramResult) -> str:
    pythons = ", ".join(dict.fromkeys(process.python for process in result.processes))
    loops = ", ".join(dict.fromkeys(loop.loop for loop in result.loops))
    packages = ", ".join(f"{name} {version}" for name, version in sorted(result.packages.items()))
    rows = [
        ["measured", f"{inert_text(result.created)}, seed {result.seed}"],
        ["Python", inert_text(pythons)],
        ["event loops", inert_text(loops)],
        ["packages", inert_text(packages)],
        *([inert_text(setting.name), inert_text(setting.value)] for setting in result.environment),
    ]
    return table(["", ""], rows)


def _method(result: ProgramResult) -> str:
    lines = [*METHOD, "One program, one machine, one load: the figures hold for no other; ratios may."]
    if (thinned := thinned_sentence(result)) is not None:
        lines.append(thinned)
    lines += [f"{notice.text} {notice.advice}".strip() for notice in result.notices[:20]]
    return "\n".join(f"* {inert_prose(line)}" for line in lines)


def _files(files: Sequence[str], left_out: Sequence[str]) -> str:
    lines = [f"* `{name}`: {_WHAT[name]}" for name in files if name in _WHAT]
    return "\n".join([*lines, *(f"* not here: {inert(line)}" for line in left_out)])
