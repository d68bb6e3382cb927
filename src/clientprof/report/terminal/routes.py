"""A service run on the terminal: what users of each route get, and who held the event loop."""

from rich.console import Console
from rich.text import Text

from clientprof.model.programs.routes import RouteControl, RouteResult, ServiceResult
from clientprof.report.programs.route_wording import (
    comparison_sentence,
    errors_text,
    held_layers,
    holding_sentence,
    ms,
    observer_sentence,
    remarks,
    waiting_sentence,
    worst_sentence,
)
from clientprof.report.terminal.layout import print_columns, print_facts, print_heading, print_paragraph, safe
from clientprof.report.writing.figures import ABSENT, decimal, percent

_LAYERS = 6


def print_service(result: ServiceResult, console: Console) -> None:
    """Print the result, 80 columns wide; the last lines name the files written."""
    console.print(safe(result.title, "bold"))
    if not result.complete:
        print_paragraph(console, safe("The run was cut short. This is what was measured until then.", "bold"))
    for sentence in (worst_sentence(result), comparison_sentence(result)):
        if sentence:
            print_paragraph(console, safe(sentence.replace("`", "")))
    _print_users(result, console)
    _print_states(result, console)
    _print_layers(result, console)
    _print_sentences(result, console)
    _print_findings(result, console)
    _print_remarks(result, console)
    if result.files:
        console.print()
        widest = max(len(name) for name in result.files)
        for name, path in result.files.items():
            console.print(safe(f"{name.ljust(widest)}  {path}"), soft_wrap=True)


def _print_users(result: ServiceResult, console: Console) -> None:
    measured = [(route, route.control) for route in result.routes if route.control is not None]
    if not measured:
        return
    print_heading(console, "Without instruments", "latency in ms, CPU in µs of the whole app per request")
    heads = ["route", "req/s", "p50", "p90", "p99", "max", "errors", "CPU", "connections opened/1000"]
    rows = [[safe(route.name), *_user_cells(route, control)] for route, control in measured]
    print_columns(console, heads, "lrrrrrrrr", rows)


def _user_cells(route: RouteResult, control: RouteControl) -> list[Text]:
    latency = control.latency_ms
    return [
        safe(decimal(control.requests_per_second.value, 0)),
        *(safe(decimal(value, 0 if value and value >= 100 else 1)) for value in (
            latency.p50, latency.p90, latency.p99, latency.max
        )),
        safe(errors_text(route), "bold red" if control.errors else ""),
        safe(decimal(control.cpu_us_per_request.value, 0)),
        safe(decimal(control.connects_per_1000, 0)),
    ]  # fmt: skip


def _print_states(result: ServiceResult, console: Console) -> None:
    measured = [(route, route.inside) for route in result.routes if route.inside is not None]
    if not measured:
        return
    print_heading(console, "Inside the app", "ms per request; lived = ran + queued + waited; held: the loop")
    heads = ["route", "lived", "ran", "queued", "waited", "for pool", "held", "CPU", "blocked"]
    rows = []
    for route, inside in measured:
        served = inside.served
        blocked = safe(ms(inside.blocked_us), "bold" if inside.blocking_us is not None else "")
        figures = (served.wall_us, served.running_us, served.ready_us, served.waiting_us, inside.pool_wait_us)
        rows.append(
            [
                safe(route.name),
                *(safe(ms(value)) for value in (*figures, inside.held_us, inside.held_cpu_us)),
                blocked,
            ]
        )
    print_columns(console, heads, "l" + "r" * 8, rows)


def _print_layers(result: ServiceResult, console: Console) -> None:
    measured = [(route, route.inside) for route in result.routes if route.inside is not None]
    layers = held_layers(result)[:_LAYERS]
    if not measured or not layers:
        return
    print_heading(console, "What held the loop", "share of the time it was held, by layer")
    rows = [
        [
            safe(route.name),
            *(
                safe(percent(inside.held.get(layer, 0.0) / inside.held_us) if inside.held_us else ABSENT)
                for layer in layers
            ),
        ]
        for route, inside in measured
    ]
    print_columns(console, ["route", *layers], "l" + "r" * len(layers), rows)


def _print_sentences(result: ServiceResult, console: Console) -> None:
    lines = [text for route in result.routes for text in (holding_sentence(route), waiting_sentence(route)) if text]
    if not lines:
        return
    console.print()
    pairs = zip(lines[::2], lines[1::2], strict=True)
    print_facts(console, [("-", safe(f"{first} {second}".replace("`", ""))) for first, second in pairs])


def _print_findings(result: ServiceResult, console: Console) -> None:
    found = [
        (route.name, safe(f"{finding.title}. {finding.remedy}".replace("`", "")))
        for route in result.routes
        if route.inside is not None
        for finding in route.inside.findings
    ]
    if found:
        print_heading(console, "What clientprof run finds on each route", "evidence and code are in the report")
        print_facts(console, found, style="")


def _print_remarks(result: ServiceResult, console: Console) -> None:
    print_heading(console, "Remarks")
    settings = {setting.name: setting.value for setting in result.workload}
    lines = [f"{name}: {settings[name]}." for name in ("load generator", "origin", "cores", "time") if name in settings]
    if text := observer_sentence(result):
        lines.append(text)
    lines += [line.replace("`", "") for line in remarks(result)]
    print_facts(console, [("-", safe(line)) for line in lines])
    warnings = [(f"! {notice.text} {notice.advice}").strip() for notice in result.notices]
    for warning in warnings:
        print_paragraph(console, safe(warning, "bold"))
