"""The hosts of a recording that several machines made: a line on each, among the rows of its environment."""

from collections.abc import Mapping

from clientprof.model.recording import HOSTS

Rows = tuple[tuple[str, str, str], ...]
_ABOUT = ("system", "processor", "cores", "frequency governor", "openssl")


def about_host(environment: Rows) -> str:
    """One line on a machine, from what a recording made there says of it."""
    found = {name: value for _, name, value in environment}
    texts = {"cores": "cores: {}", "frequency governor": "frequency governor {}"}
    return "; ".join(texts.get(name, "{}").format(found[name]) for name in _ABOUT if name in found)


def with_hosts(environment: Rows, hosts: Mapping[str, str]) -> Rows:
    """The environment with these hosts, by name with the line on each, in place of those that it names."""
    return (
        *(row for row in environment if row[0] != HOSTS),
        *((HOSTS, name, about) for name, about in sorted(hosts.items())),
    )
