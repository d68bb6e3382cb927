"""What else differs between two versions of one client: the packages that came along.

httpx 0.27 requires sniffio and 0.28 does not; without it httpcore searches for it in every request. Then most of the
difference between the two is no change in httpx.
"""

from clientprof.model.client_names import client_of
from clientprof.model.results import ClientResult


def differing_packages(one: ClientResult, other: ClientResult) -> tuple[str, ...]:
    """``sniffio 1.3.1 and none`` for each package in which they differ beyond what their names say; sorted.

    Empty for two different clients: there everything differs.
    """
    if client_of(one.name) != client_of(other.name):
        return ()
    rows: list[str] = []
    for package in sorted({*one.packages, *other.packages} - _named(one.name) - _named(other.name)):
        versions = one.packages.get(package), other.packages.get(package)
        # The client itself, under whatever name its distribution goes, and what is released, or of one source, with it.
        own = versions == (one.version, other.version) or any("@" in (version or "") for version in versions)
        if versions[0] != versions[1] and not own:
            rows.append(f"{package} {versions[0] or 'none'} and {versions[1] or 'none'}")
    return tuple(rows)


def _named(name: str) -> set[str]:
    """The packages that a label states, the client's own and those added to it."""
    return {client_of(part) for part in name.split("+")}
