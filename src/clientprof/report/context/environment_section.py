"""Environment and workload: what somebody else needs to repeat the run."""

from collections.abc import Iterable

from clientprof.model.results import ClientResult, Setting, TraceResult
from clientprof.report.writing.markup import Html, join, tag
from clientprof.report.writing.wording import client_name

_ABBREVIATIONS = {"tls": "TLS"}


def environment_section(result: TraceResult) -> Html:
    """Settings by group, the packages of each client, command and seed."""
    run = (
        Setting("Run", "command", " ".join(result.command)),
        Setting("Run", "seed", str(result.seed)),
        Setting("Run", "created", result.created),
    )
    blocks = [*setting_groups((*run, *result.workload, *result.environment))]
    blocks += [_packages(client) for client in result.clients]
    return tag("div", join(blocks), class_="settings")


def setting_groups(settings: Iterable[Setting]) -> list[Html]:
    """A block with a heading for each group of settings, in the order in which they come."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for setting in settings:
        groups.setdefault(setting.group, []).append((setting.name, setting.value))
    return [
        settings_block(_ABBREVIATIONS.get(group, group[:1].upper() + group[1:]), pairs)
        for group, pairs in groups.items()
    ]


def _packages(client: ClientResult) -> Html:
    pairs = [("event loop", client.loop), *sorted(client.packages.items())]
    return settings_block(client_name(client), pairs)


def settings_block(title: str, pairs: Iterable[tuple[str, str]]) -> Html:
    """Names and values under a heading."""
    facts = join(join((tag("dt", name), tag("dd", value))) for name, value in pairs)
    return tag("div", tag("h3", title), tag("dl", facts))
