"""How slopes, crossings and retention are found, what was measured, and warnings."""

from clientprof.model.growth.series import GrowthResult
from clientprof.model.results import Setting
from clientprof.report.context.environment_section import setting_groups
from clientprof.report.growth.growth_wording import versioned
from clientprof.report.writing.markup import Html, join, prose, tag

_METHOD = (
    "Slope: least squares of log cost on log n, each point weighted by its own error; the average growth over the "
    "measured range and no law beyond it. Its interval is what the points' errors allow, the spread between "
    "processes included. A cost never seen at some n counts there as one sample, give or take one. Crossing: only "
    "where one client is certainly cheaper at some n and certainly more expensive at another. Retention: requests per "
    "second at c512 over those at c16, as httpx2's harness defines it, or at the largest over the smallest n "
    "measured."
)


def growth_method_section(result: GrowthResult) -> Html:
    """Method, run, environment, workload, warnings."""
    run = (
        Setting("Run", "command", " ".join(result.command)),
        Setting("Run", "seed", str(result.seed)),
        Setting("Run", "clients", ", ".join(versioned(result, client) for client in result.clients)),
    )
    warnings = join(
        join(
            (
                tag("dt", tag("code", notice.id)),
                tag("dd", prose(notice.text), tag("p", prose(notice.advice), class_="quiet")),
            )
        )
        for notice in result.notices
    )
    return join(
        (
            tag("p", _METHOD),
            join((tag("h3", "Warnings"), tag("dl", warnings, class_="warned"))) if result.notices else None,
            tag("div", join(setting_groups((*run, *result.workload, *result.environment))), class_="settings"),
        )
    )
