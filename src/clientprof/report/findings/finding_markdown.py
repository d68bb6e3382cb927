"""``finding.md``: the claim on the first screen, everything that supports or limits it in folded parts below.

Written for a body on GitHub: what comes from outside is inert, and the length stays below the limit of a body.
"""

from collections.abc import Sequence

from clientprof.model.estimate import Estimate
from clientprof.model.experiments.repro import Repro
from clientprof.model.findings import Finding
from clientprof.model.results import ClientResult, Comparison, TraceResult
from clientprof.report.exporters.markdown import inert
from clientprof.report.findings.inert_markdown import Rows, code_text, details, inert_prose, inert_text, table
from clientprof.report.writing.escape import safe_link, visible
from clientprof.report.writing.figures import (
    count,
    decimal,
    interval,
    plural,
    ratio_full,
)
from clientprof.report.writing.wording import counter_title, load_label, named

LINKS_AT_MOST = 3
LENGTH_AT_MOST = 60_000
_FUNCTIONS = 15


def finding_markdown(
    finding: Finding,
    result: TraceResult,
    repro: Repro,
    files: Sequence[str],
    issue: str | None,
    left_out: Sequence[str],
) -> str:
    """The whole text. ``files`` are the names that lie beside it, ``left_out`` says what does not and why."""
    client = result.clients[0]
    comparison = next((c for c in result.comparisons if c.effect.candidate == client.name), None)
    parts = [
        f"# {inert_text(finding.title)}",
        f"For {issue}." if issue else "",
        _claim(finding, result, comparison),
        "![CPU per request by layer](chart.svg)" if "chart.svg" in files else "",
        f"**Why.** {inert_prose(finding.mechanism)}" if finding.mechanism else "",
        f"**Experiment.** {inert_prose(finding.experiment)}" if finding.experiment else "",
        _links(finding),
        table(*_figures(finding, result)),
        _repro(repro),
        f"**What users can do.** {inert_prose(finding.remedy)}",
        f"**For maintainers.** {inert_prose(finding.pointer)}" if finding.pointer else "",
        f"Background: {', '.join(finding.threads)}." if finding.threads else "",
        details("Evidence and functions", _evidence(finding, client)),
        details("Environment", _environment(result)),
        details("Method", _method(result)),
        details("Scope, and what was not tested", _scope(result, comparison)),
        details("What would refute this", inert_prose(finding.falsifier)),
        details("Files", _files(files, left_out)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _claim(finding: Finding, result: TraceResult, comparison: Comparison | None) -> str:
    lines = [f"**{inert_prose(finding.claim)}**"]
    if comparison is None:
        lines.append("No baseline was measured beside it.")
    else:
        effect = comparison.effect
        floor = "no A/A arm was run"
        if effect.aa_ratio is not None:
            floor = f"{inert(effect.baseline)} against itself in the same blocks (A/A): {inert(ratio_full(effect.aa_ratio))}"
        lines.append(
            f"{inert(named(result, effect.candidate))} spends {inert(ratio_full(effect.ratio))} the CPU of "
            f"{inert(named(result, effect.baseline))} per request{inert(load_label(result))}; {floor}. "
            f"Verdict: {effect.verdict}."
        )
    return "\n\n".join(lines)


def _links(finding: Finding) -> str:
    """At most three lines of the released source."""
    rows = [
        f"* [`{code_text(culprit.module)}.{code_text(culprit.function)}`]({link})"
        for culprit in finding.culprits
        if (link := safe_link(culprit.permalink)) is not None
    ]
    return "\n".join(rows[:LINKS_AT_MOST])


def _figures(finding: Finding, result: TraceResult) -> tuple[Sequence[str], Rows]:
    """One table: what the finding is about, a column per client."""
    clients = result.clients[:3]
    head = ["per request", *(inert(named(result, client.name)) for client in clients), "expected"]
    rows: list[list[str]] = []
    cpu = [
        "-" if client.control is None else _with_interval(client.control.cpu_us_per_request) for client in clients
    ]  # fmt: skip
    rows.append(["CPU, µs", *cpu, ""])
    layers = [[row for row in client.layers if row.layer is finding.layer] for client in clients]
    if any(layers):
        costs = [_with_interval(found[0].cpu_us_per_request) if found else "-" for found in layers]
        rows.append([f"of that in layer `{finding.layer}`, µs", *costs, ""])
    for name in finding.counters:
        found = [next((row for row in client.counters if row.name == name), None) for client in clients]
        first = next((row for row in found if row is not None), None)
        if first is None:
            continue
        title, unit = counter_title(first)
        label = title if unit == "per request" else f"{title}, {unit}"
        rows.append([inert(label), *(count(None if r is None else r.value) for r in found), count(first.expected)])
    if any(client.control is not None and client.control.errors for client in clients):
        failed = [sum(client.control.errors.values()) if client.control else 0 for client in clients]
        rows.append(["failed requests, in all", *(f"{number:,}" for number in failed), "0"])
    return head, rows


def _with_interval(estimate: Estimate) -> str:
    return f"{decimal(estimate.value, 0)} {inert(interval(estimate, 0))}".strip()


def _repro(repro: Repro) -> str:
    if repro.source is None:
        return f"**Reproduce.** No script: {inert_text(repro.reason)}."
    needs = (
        "It needs the client library and nothing else, and starts its own server. Its figures are its own, beside those of "
        "the recording."
    )
    if not repro.output:
        return f"**Reproduce.** `repro.py` is **unconfirmed**: {inert_text(repro.reason)}. {needs}"
    told = f"run with {inert_text(repro.where)}, {repro.seconds:.0f} s"
    verdict = (
        f"`python repro.py` confirms it ({told}):"
        if repro.confirmed
        else f"`repro.py` does **not confirm** it ({told}; {inert_text(repro.reason)}); take it as unconfirmed:"
    )
    quoted = "\n".join(visible(line).replace("```", "'''") for line in repro.output.splitlines())
    return f"**Reproduce.** {verdict}\n\n```text\n{quoted}\n```\n\n{needs}"


def _evidence(finding: Finding, client: ClientResult) -> str:
    lines = "\n".join(f"* {inert_text(line)}" for line in finding.evidence)
    functions = [function for function in client.functions if function.layer is finding.layer][:_FUNCTIONS]
    rows = [
        [
            f"`{code_text(function.module)}.{code_text(function.function)}`",
            decimal(function.self_us_per_request.value),
            decimal(function.total_us_per_request.value),
            count(function.calls_per_request),
        ]
        for function in functions
    ]
    if not rows:
        return lines
    head = [f"function of layer `{finding.layer}`", "own code, µs", "with all below, µs", "calls per request"]
    return f"{lines}\n\n{table(head, rows)}"


def _environment(result: TraceResult) -> str:
    rows = [
        ["command", f"`{code_text(' '.join(result.command))}`"],
        ["measured", f"{inert_text(result.created)}, seed {result.seed}"],
        *([inert_text(setting.name), inert_text(setting.value)] for setting in (*result.workload, *result.environment)),
    ]
    for client in result.clients:
        packages = ", ".join(f"{name} {version}" for name, version in sorted(client.packages.items()))
        rows.append([inert(f"packages of {client.name}"), inert_text(packages)])
    return table(["", ""], rows)


def _method(result: TraceResult) -> str:
    text = (
        "Each instrument runs in a process of its own. The headline comes from runs with no "
        "instrument but two clock reads per "
        "request, in blocks: every arm once in random order, then backwards, the baseline twice "
        "(A/A). Intervals are 95 %, by "
        "bootstrap over blocks. CPU by layer and function comes from a signal sampler that is "
        "weighted by thread CPU; counts are "
        "exact, from a run of their own."
    )
    rows = [
        [inert(client.name), inert_text(lens), inert(ratio_full(effect))]
        for client in result.clients
        for lens, effect in client.observer.items()
    ]
    observed = table(["client", "lens", "CPU relative to a run without instruments"], rows) if rows else ""
    warned = "\n".join(f"* {inert_text(notice.text)} {inert_text(notice.advice)}" for notice in result.notices[:20])
    return "\n\n".join(part for part in (text, observed, f"Warnings:\n\n{warned}" if warned else "") if part)


def _scope(result: TraceResult, comparison: Comparison | None) -> str:
    lines = [
        "One machine, loopback, one load; ratios and counts carry over, microseconds do not.",
        "Not tested: other numbers of requests at once, other limits, sizes and delays, other interpreters, other loops.",
        "Costs of findings overlap; they do not add up.",
    ]
    if comparison is None:
        lines.append("No baseline was measured, so nothing is said about other clients.")
    elif comparison.effect.reason:
        lines.append(f"The verdict's reason: {inert_text(comparison.effect.reason)}.")
    control = result.clients[0].control
    if control is not None:
        lines.append(
            f"The headline rests on {plural(control.rounds, 'round')} of {plural(control.requests_per_round, 'request')}."
        )
    if not result.complete:
        lines.append("The run was cut short. This is what was measured until then.")
    return "\n".join(f"* {line}" for line in lines)


def _files(files: Sequence[str], left_out: Sequence[str]) -> str:
    what = {
        "repro.py": "the script above",
        "chart.svg": "CPU per request by layer",
        "chart.png": "the same as pixels",
        "report.html": "the whole report, one page; download and open it",
        "recording.zip": "everything measured; `clientprof report recording.zip` renders it",
        "speedscope.json": "flame graphs for www.speedscope.app",
    }
    lines = [f"* `{name}`: {what[name]}" for name in files if name in what]
    return "\n".join([*lines, *(f"* not here: {inert_text(line)}" for line in left_out)])
