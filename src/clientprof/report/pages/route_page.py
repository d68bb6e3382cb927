"""The report of a service run: one HTML file in the dress of every other report."""

from clientprof.model.layers import LAYER_MEANING
from clientprof.model.programs.routes import RouteInside, RouteResult, ServiceResult
from clientprof.model.results import Setting
from clientprof.report.context.environment_section import setting_groups, settings_block
from clientprof.report.context.findings_section import finding_articles
from clientprof.report.pages.document import document
from clientprof.report.programs.call_sites_section import account, states_caption
from clientprof.report.programs.route_wording import (
    comparison_sentence,
    errors_text,
    held_layers,
    holding_sentence,
    lived_bounds,
    ms,
    remarks,
    waiting_sentence,
    worst_sentence,
)
from clientprof.report.writing.assets import page_styles
from clientprof.report.writing.figures import ABSENT, decimal, interval, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, prose, table, tag
from clientprof.report.writing.page_parts import bar, chip, function_at, quiet

_TITLES = {
    "answer": "Answer",
    "users": "What users of each route get",
    "inside": "Inside the app",
    "layers": "What held the loop",
    "calls": "What the calls of each route waited for",
    "advice": "What to do",
    "method": "Method and limits",
    "environment": "Environment",
}


def render_service(result: ServiceResult) -> str:
    """The whole page. It asks nothing of the network and runs no script but the reports' own."""
    sections = {
        "answer": _answer(result),
        "users": _users(result),
        "inside": _inside(result),
        "layers": _layers(result),
        "calls": _calls(result),
        "advice": _findings(result),
        "method": _method(result),
        "environment": _environment(result),
    }
    rendered = {name: section for name, section in sections.items() if section is not None}
    titles = {name: _TITLES[name] for name in rendered}
    return document(
        result.title,
        result.created,
        result.seed,
        titles,
        rendered,
        None,
        result.files,
        styles=page_styles("time.css", "program.css"),
    )


def _answer(result: ServiceResult) -> Html:
    first, *more = [text for text in (worst_sentence(result), comparison_sentence(result)) if text] or [
        "No answer yet."
    ]
    cut = None if result.complete else tag("p", "The run was cut short; this is what was measured.", class_="support")
    warnings = [f"{notice.text} {notice.advice}".strip() for notice in result.notices]
    return join(
        (
            tag("p", prose(first), class_="answer"),
            join(tag("p", prose(text), class_="support") for text in more),
            cut,
            tag("aside", tag("ul", join(tag("li", prose(text)) for text in warnings)), class_="warnings")
            if warnings
            else None,
        )
    )


def _users(result: ServiceResult) -> Html:
    columns = [
        Column("Route"), Column("Requests", True, "per second"), Column("p50", True, "ms"), Column("p90", True, "ms"),
        Column("p99", True, "ms"), Column("Slowest", True, "ms"), Column("Errors", True),
        Column("CPU", True, "µs per request, whole app"), Column("Connections opened", True, "to the origin, per 1000"),
    ]  # fmt: skip
    rows: list[list[Node]] = []
    for route in result.routes:
        control = route.control
        if control is None:
            continue
        rate, cpu, latency = control.requests_per_second, control.cpu_us_per_request, control.latency_ms
        rows.append(
            [
                join((tag("b", route.name), tag("small", route.what))),
                join((decimal(rate.value, 0), " ", quiet(interval(rate, 0)))),
                *(decimal(value) for value in (latency.p50, latency.p90, latency.p99, latency.max)),
                errors_text(route),
                join((decimal(cpu.value, 0), " ", quiet(interval(cpu, 0)))),
                decimal(control.connects_per_1000, 0),
            ]
        )
    how = "Without instruments; brackets are the range of the blocks."
    return join((caption(how), table("Routes without instruments", columns, rows)))


def _measured(result: ServiceResult) -> list[tuple[RouteResult, RouteInside]]:
    return [(route, route.inside) for route in result.routes if route.inside is not None]


def _inside(result: ServiceResult) -> Html:
    columns = [
        Column("Route"), Column("Lived", True, "ms"), Column("Ran", True, "its own code"),
        Column("Queued", True, "ready, loop held"), Column("Waited", True), Column("For the pool", True, "of waited"),
        Column("Loop held", True, "per request"), Column("CPU", True, "of held"), Column("Blocked", True, "of held"),
        Column("Observer", True, "CPU, measured / not"),
    ]  # fmt: skip
    rows: list[list[Node]] = []
    for route, inside in _measured(result):
        served = inside.served
        figures = (
            served.running_us, served.ready_us, served.waiting_us, inside.pool_wait_us, inside.held_us, inside.held_cpu_us,
            inside.blocked_us,
        )  # fmt: skip
        observer = ABSENT if route.observer is None else f"{decimal(route.observer, 2)}x"
        lived = join((ms(served.wall_us), quiet(lived_bounds(served))))
        rows.append([route.name, lived, *(ms(value) for value in figures), observer])
    sentences = join(
        tag("p", prose(f"{holding_sentence(route)} {waiting_sentence(route)}")) for route, _ in _measured(result)
    )
    how = "Milliseconds per request, in the measured run. Lived is ran, queued and waited together."
    return join((caption(how), table("Where requests spend their time inside the app", columns, rows), sentences))


def _layers(result: ServiceResult) -> Html:
    measured = _measured(result)
    columns = [
        Column("Layer"),
        *(Column(route.name, hint="ms of loop per request", class_="wide") for route, _ in measured),
    ]
    rows: list[list[Node]] = []
    for layer in held_layers(result):
        cells: list[Node] = [tag("span", chip("layer", layer), title=LAYER_MEANING[layer])]
        for _, inside in measured:
            held_us = inside.held.get(layer, 0.0)
            share = percent(held_us / inside.held_us) if inside.held_us else ABSENT
            figure = tag("span", tag("b", ms(held_us)), quiet(share), class_="figure")
            cells.append(join((figure, bar([(f"--layer-{layer}", held_us)], inside.held_us))))
        rows.append(cells)
    how = (
        "The loop's time per request by the layer that held it, working or blocked; each route's bars have a scale of "
        "their own."
    )
    holders = join(
        details(f"{route.name}: the code that held the loop longest", _holders(inside)) for route, inside in measured
    )
    return join((caption(how), table("Loop time by layer", columns, rows, "bars"), holders))


def _holders(inside: RouteInside) -> Html:
    columns = [
        Column("Function"), Column("Layer"), Column("Most of it in"), Column("Held", True, "ms per request"),
        Column("Of the loop's work", True), Column("Computing", True, "ms per request"), Column("Samples", True),
    ]  # fmt: skip
    rows: list[list[Node]] = [
        [
            function_at(holder.function, holder.file, holder.line, ""), chip("layer", holder.layer),
            tag("code", holder.inside) if holder.inside else ABSENT, ms(holder.held_s.value * 1e6 / inside.requests),
            percent(holder.share_of_loop),
            ms(None if holder.cpu_s is None else holder.cpu_s * 1e6 / inside.requests), holder.samples,
        ]
        for holder in inside.holders
    ]  # fmt: skip
    return table("Functions that held the loop", columns, rows)


def _calls(result: ServiceResult) -> Html | None:
    calls = [(route, site) for route, inside in _measured(result) for site in inside.calls if site.phases]
    if not calls:
        return None
    return join((states_caption(), join(tag("div", tag("h3", route.name), account(site)) for route, site in calls)))


def _findings(result: ServiceResult) -> Html | None:
    parts = [
        join((tag("h3", route.name), tag("p", prose(inside.answer)), finding_articles(inside.findings)))
        for route, inside in _measured(result)
        if inside.findings
    ]
    how = caption("What clientprof run finds while one route alone is asked. A route without a finding is not listed.")
    return join((how, *parts)) if parts else None


def _method(result: ServiceResult) -> Html:
    lines = [
        "Each route is measured in fresh processes of the service: by itself, which gives the first table, and once under "
        "`clientprof run --detail always`, which explains it. The service is a plain program that knows of neither.",
        "Every step of the event loop is stamped, and the loop's thread sampled by a wall timer. So a call that blocks is "
        "seen as well as one that computes.",
        *remarks(result),
    ]
    counts = [
        [route.name, f"{route.counts.handled:,}", f"{route.counts.called:,}", f"{route.counts.by_origin:,}"]
        for route in result.routes
    ]
    columns = [
        Column("Route"),
        Column("Answered", True),
        Column("Asked of the origin", True),
        Column("Origin's log", True),
    ]
    listed = tag("ul", join(tag("li", prose(line)) for line in lines))
    return join(
        (listed, caption("Requests of the measured run by three accounts."), table("Requests", columns, counts))
    )


def _environment(result: ServiceResult) -> Html:
    run = (Setting("Run", "command", " ".join(result.command)), Setting("Run", "loop", result.loop))
    blocks = setting_groups((*run, *result.workload, *result.environment))
    blocks.append(settings_block("Packages of the app", sorted(result.packages.items())))
    return tag("div", join(blocks), class_="settings")
