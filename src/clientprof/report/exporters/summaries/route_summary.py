"""The JSON of a service run, schema ``clientprof.service/1``: what the terminal shows and what it rests on."""

from dataclasses import asdict

from clientprof.model.programs.routes import RouteLedger, RouteResult, ServiceResult
from clientprof.report.exporters.summaries.summary import Json, estimate, number
from clientprof.report.programs.route_wording import (
    comparison_sentence,
    holding_sentence,
    waiting_sentence,
    worst_sentence,
)

SCHEMA = "clientprof.service/1"


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
        "ledger": None if route.ledger is None else _ledger(route.ledger),
        "observer": number(route.observer),
        "requests": asdict(route.counts),
        "sentences": [text for text in (holding_sentence(route), waiting_sentence(route)) if text],
    }


def _ledger(ledger: RouteLedger) -> Json:
    plain = {
        name: number(value)
        for name, value in ((name, getattr(ledger, name)) for name in RouteLedger.__slots__)
        if value is None or isinstance(value, (int, float))
    }
    return {
        **plain,
        "blocked_us": number(ledger.blocked_us),
        "blame": {str(layer): number(us) for layer, us in ledger.blame.items()},
        "held": {str(layer): number(us) for layer, us in ledger.held.items()},
        "holders": [
            {
                "layer": str(holder.layer),
                "function": holder.function,
                "through": holder.through,
                "caller": holder.caller,
                "held_us": number(holder.held_us),
                "samples": holder.samples,
            }
            for holder in ledger.holders
        ],
    }
