"""The released versions of a client, in order: what the package index names, without pre-releases."""

import re
from dataclasses import dataclass, replace

from clientprof.clients import CLIENTS
from clientprof.experiments.differences.history import History, line
from clientprof.experiments.environments.build import is_yanked, versions_of
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.errors import EnvironmentProblem

# PEP 440 without epoch: a release, or a post-release of it.
_RELEASE = re.compile(r"(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?:\.post(?P<post>[0-9]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Releases:
    """What is searched: the client at each of these versions, from the good end to the bad one."""

    client: ClientSpec
    versions: tuple[str, ...]

    def history(self) -> History:
        """The versions, each behind the one before."""
        return line(self.versions)

    def spec(self, step: str) -> ClientSpec:
        """The client at that version."""
        return replace(self.client, version=step)

    def obstacle(self, step: str) -> str | None:
        """Why a version shall not be measured: its makers have withdrawn it."""
        return "yanked" if is_yanked(CLIENTS[self.client.adapter].package, step) else None

    def title(self, step: str) -> str:
        """The version itself."""
        return step


def released_between(package: str, good: str, bad: str) -> tuple[str, ...]:
    """The releases from ``good`` to ``bad``, both included, in that direction.

    Raises:
        EnvironmentProblem: the index cannot be asked, or does not name one of the two.
    """
    known = [version for version in versions_of(package) if _RELEASE.fullmatch(version)]
    if not known:
        raise EnvironmentProblem(
            f"the package index names no releases of {package}; is it reachable (pip index versions)?"
        )
    ordered = sorted(known, key=order)
    for version in (good, bad):
        if version not in ordered:
            near = ", ".join(ordered[-8:])
            raise EnvironmentProblem(f"{package} has no release {version} here; the newest are {near}")
    first, last = sorted((ordered.index(good), ordered.index(bad)))
    found = tuple(ordered[first : last + 1])
    return found if good == found[0] else found[::-1]


def order(version: str) -> tuple[tuple[int, ...], int]:
    """What releases are sorted by: ``2.9.1`` before ``2.10.0``, ``1.0`` equal to ``1.0.0``.

    Raises:
        ValueError: no release.
    """
    found = _RELEASE.fullmatch(version)
    if found is None:
        raise ValueError(f"{version!r} is no release")
    numbers = [int(number) for number in found["numbers"].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), int(found["post"] or -1)
