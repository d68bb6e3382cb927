"""The JSON of a service run, schema ``clientprof.service/2``: what the terminal shows and what it rests on.

Since its second version ``inside`` stands where ``ledger`` did, with the blocks of a program's summary.
"""

from dataclasses import asdict

from clientprof.model.programs.routes import RouteInside, RouteResult, ServiceResult
from clientprof.report.exporters.summaries.program_summary import holder_json, served_json, site_json
from clientprof.report.exporters.summaries.summary import Json, estimate, finding_json, number
from clientprof.report.programs.route_wording import (
    comparison_sentence,
    holding_sentence,
    waiting_sentence,
    worst_sentence,
)

SCHEMA = "clientprof.service/2"


def to_service_summary(result: ServiceResult) -> Json:
    """The result as plain dicts and lists that ``json.dumps(allow_nan=False)`` accepts."""
    compared = result.comparison
    return {
        "schema": SCHEMA,
        "scenario": "fastapi",
        "title": result.title,
        "command": list(result.command),
        "created": result.created,
        "seed": result.seed,
        "complete": result.complete,
        "environment": {f"{s.group}: {s.name}": s.value for s in result.environment},
        "workload": {s.name: s.value for s in result.workload},
        "packages": dict(result.packages),
        "loop": result.loop,
        "answer": [text for text in (worst_sentence(result), comparison_sentence(result)) if text],
        "routes": [_route(route) for route in result.routes],
        "comparison": None
        if compared is None
        else {
            "candidate": compared.candidate,
            "baseline": compared.baseline,
            "requests_per_second": estimate(compared.requests_per_second),
            "cpu_us_per_request": estimate(compared.cpu),
        },
        "warnings": [{"id": notice.id, "text": notice.text, "advice": notice.advice} for notice in result.notices],
    }


def _route(route: RouteResult) -> Json:
    control = route.control
    return {
        "route": route.name,
        "what": route.what,
        "control": None
        if control is None
        else {
            "requests_per_second": estimate(control.requests_per_second),
            "latency_ms": {key: number(value) for key, value in asdict(control.latency_ms).items()},
            "ok": control.ok,
            "errors": dict(control.errors),
            "cpu_us_per_request": estimate(control.cpu_us_per_request),
            "other_threads_us_per_request": number(control.other_threads_us),
            "app_cpu_share": number(control.app_cpu_share),
            "connects_per_1000_requests": number(control.connects_per_1000),
            "generator": control.generator,
        },
        "inside": None if route.inside is None else _inside(route.inside),
        "observer": number(route.observer),
        "requests": asdict(route.counts),
        "sentences": [text for text in (holding_sentence(route), waiting_sentence(route)) if text],
    }


def _inside(inside: RouteInside) -> Json:
    served = inside.served
    plain = {
        name: number(value)
        for name, value in ((name, getattr(inside, name)) for name in RouteInside.__slots__)
        if value is None or isinstance(value, (int, float))
    }
    return {
        **plain,
        "blocked_us": number(inside.blocked_us),
        "served": served_json(served),
        "held": {str(layer): number(us) for layer, us in inside.held.items()},
        "holders": [holder_json(row) for row in inside.holders],
        "calls": [site_json(site) for site in inside.calls],
        "answer": inside.answer,
        "findings": [finding_json(finding) for finding in inside.findings],
    }
