"""Links to the line of a released source: what a maintainer can click.

Tags differ by project: some carry a ``v``, some keep their code below ``src/``; httpx2 and httpcore2 share one repository.
"""

import re
from collections.abc import Mapping, Sequence

from clientprof.model.costs.memory import FunctionBytes
from clientprof.model.ledger.off_cpu import OffCpuCost
from clientprof.model.provenance.measured_sources import MeasuredSource
from clientprof.model.provenance.sources import STANDARD_LIBRARY, Sources
from clientprof.model.results import FunctionCost
from clientprof.model.samples import CodeLocation

# Package: repository, prefix of the tag, folder in which the package lies.
_REPOSITORIES: Mapping[str, tuple[str, str, str]] = {
    "httpx": ("encode/httpx", "", ""),
    "httpcore": ("encode/httpcore", "", ""),
    "httpx2": ("pydantic/httpx2", "v", "src/httpx2/"),
    "httpcore2": ("pydantic/httpx2", "v", "src/httpcore2/"),
    "anyio": ("agronholm/anyio", "", "src/"),
    "h11": ("python-hyper/h11", "v", ""),
    "aiohttp": ("aio-libs/aiohttp", "v", ""),
    "urllib3": ("urllib3/urllib3", "", "src/"),
    "requests": ("psf/requests", "v", "src/"),
}
# PEP 440 without development and local parts: those have no tag.
_RELEASE = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?")


PUBLIC_REPOSITORIES = frozenset(repository for repository, _, _ in _REPOSITORIES.values())


def sources_of(versions: Mapping[str, str], python: str = "", measured: Sequence[MeasuredSource] = ()) -> Sources:
    """Where the sources of the packages at these versions lie; ``python`` is the interpreter's version, if known.

    ``measured`` are those that are no release: they are linked at their commit, where that is published.
    """
    roots = {
        package: f"https://github.com/{repository}/blob/{tag}{versions[package]}/{folder}"
        for package, (repository, tag, folder) in _REPOSITORIES.items()
        if _RELEASE.fullmatch(versions.get(package, ""))
    }
    # What is imported has an underscore where a distribution's name has a hyphen.
    roots |= {each.package.replace("-", "_"): each.link for each in measured if each.link is not None}
    if _RELEASE.fullmatch(python):
        roots[STANDARD_LIBRARY] = f"https://github.com/python/cpython/blob/v{python}/Lib/"
    return Sources(roots)


def permalink(function: FunctionCost | OffCpuCost | FunctionBytes | CodeLocation, sources: Sources) -> str | None:
    """The function's first line where the package's source is known; None for other code, the standard library's too."""
    return sources.link(function.file, function.line, function.origin) if function.origin == "package" else None
