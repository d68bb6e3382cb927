"""A check for machines and pull requests: JSON, Markdown, annotations of GitHub Actions."""

import json

from clientprof.model.counts.check import CheckResult, Kept
from clientprof.model.counts.exact import ExactCounts
from clientprof.report.counts.check_wording import answer, bound_sentence, changed_text, moved_texts, times_sentences
from clientprof.report.counts.json_text import client_object
from clientprof.report.exporters.markdown import as_code, as_table, inert
from clientprof.report.writing.escape import visible
from clientprof.report.writing.figures import ABSENT, count, ratio_full

SCHEMA = "clientprof.check/1"
_SHOWN = {Kept.KEPT: "kept", Kept.BROKEN: "**broken**", Kept.UNDECIDED: "not decided"}


def check_json(result: CheckResult) -> str:
    """The result, one text."""
    data = {
        "schema": SCHEMA,
        "command": list(result.command),
        "head": result.head,
        "base": result.base,
        "outcome": "broken" if result.broken else "not decided" if result.undecided else "kept",
        "bounds": [
            {"scenario": row.scenario, "bound": row.bound, "outcome": str(row.outcome), "value": row.value,
             "base": row.base, "limit": row.limit, "reason": row.reason,
             "moved": [{"function": each.location.name, "calls": each.calls, "base_calls": each.other_calls,
                        "bytecodes": each.bytecodes, "base_bytecodes": each.other_bytecodes} for each in row.moved]}
            for row in result.bounds
        ],
        "changed": [
            {"function": row.name, "file": row.path or row.file, "line": row.line} for row in result.changed
        ],
        "times": [
            {"scenario": row.scenario, "ratio": _estimate(row.ratio), "aa_ratio": _estimate(row.aa_ratio),
             "verdict": row.verdict}
            for row in result.times
        ],
        "heads": [_client(counts) for counts in result.heads],
        "bases": [_client(counts) for counts in result.bases],
    }  # fmt: skip
    return json.dumps(data, indent=2)


def _client(counts: ExactCounts) -> dict[str, object]:
    return {name: value for name, value in client_object(counts).items() if name != "functions"}


def _estimate(estimate: object) -> dict[str, float | None] | None:
    if estimate is None:
        return None
    return {name: getattr(estimate, name) for name in ("value", "low", "high")}


def check_markdown(result: CheckResult) -> str:
    """A comment for a pull request, or the summary of a job."""
    parts = [f"### clientprof: {inert(answer(result))}"]
    heads = ("scenario", "bound", "base", "head", "limit", "")
    rows = [
        (
            row.scenario,
            as_code(row.bound),
            _figure(row.base),
            _figure(row.value),
            _figure(row.limit),
            _SHOWN[row.outcome],
        )
        for row in result.bounds
    ]
    parts.append(as_table([heads, *rows], "llrrrl"))
    for row in (*result.broken, *result.undecided):
        lines = [f"**{inert(row.scenario)}: {as_code(row.bound)}** {inert(row.reason)}."]
        lines += [f"- {inert(text)}" for text in moved_texts(row)]
        parts.append("\n".join(lines))
    if result.changed and result.broken:
        parts.append(f"Changed functions: {inert(changed_text(result))}.")
    if result.times:
        times = [("scenario", "CPU, head / base", "base / base (A/A)", "verdict")]
        times += [
            (each.scenario, ratio_full(each.ratio), ratio_full(each.aa_ratio), each.verdict) for each in result.times
        ]
        parts.append(as_table(times, "lrrl"))
    if result.heads:
        first = result.heads[0]
        parts.append(f"Figures per request; counts are exact, on Python {first.python}, and the same in every run.")
    return "\n\n".join(parts) + "\n"


def _figure(value: float | None) -> str:
    return ABSENT if value is None else count(value)


def github_annotations(result: CheckResult) -> str:
    """Workflow commands: an error for each broken bound, at the first changed function; a notice where all hold."""
    lines = [_command("error", bound_sentence(row, result), result) for row in result.broken]
    lines += [_command("warning", bound_sentence(row, result), None) for row in result.undecided]
    lines += [_command("notice", text, None) for text in times_sentences(result)]
    if not result.broken and not result.undecided:
        lines.append(_command("notice", answer(result), None))
    return "\n".join(lines)


def _command(kind: str, text: str, at: CheckResult | None) -> str:
    place = next((row for row in at.changed if row.path is not None), None) if at is not None else None
    where = "" if place is None else f"file={_property(place.path or '')},line={place.line},"
    return f"::{kind} {where}title=clientprof check::{_data(text)}"


def _data(text: str) -> str:
    """https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions"""
    return visible(text).replace("\u00a0", " ").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
