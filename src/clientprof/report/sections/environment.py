"""Environment and workload: what somebody else needs to repeat the run."""

from collections.abc import Iterable

from clientprof.model.results import ClientResult, Setting, TraceResult
from clientprof.report.markup import Html, join, tag
from clientprof.report.wording import client_name


def environment_section(result: TraceResult) -> Html:
    """Settings by group, the packages of each client, command and seed."""
    run = (
        Setting("Run", "command", " ".join(result.command)),
        Setting("Run", "seed", str(result.seed)),
        Setting("Run", "created", result.created),
    )
    blocks = [*_groups(run), *_groups(result.workload), *_groups(result.environment)]
    blocks += [_packages(client) for client in result.clients]
    return tag("div", join(blocks), class_="settings")


def _groups(settings: Iterable[Setting]) -> list[Html]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for setting in settings:
        groups.setdefault(setting.group, []).append((setting.name, setting.value))
    return [_block(group, pairs) for group, pairs in groups.items()]


def _packages(client: ClientResult) -> Html:
    pairs = [("event loop", client.loop), *sorted(client.packages.items())]
    return _block(client_name(client), pairs)


def _block(title: str, pairs: Iterable[tuple[str, str]]) -> Html:
    facts = join(join((tag("dt", name), tag("dd", value))) for name, value in pairs)
    return tag("div", tag("h3", title), tag("dl", facts))
