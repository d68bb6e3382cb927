"""Links to the line of a released source: what a maintainer can click.

Tags differ by project: some carry a ``v``, some keep their code below ``src/``; httpx2 and httpcore2 share one repository.
"""

from collections.abc import Mapping

from clientprof.model.results import FunctionCost

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


def permalink(function: FunctionCost, versions: Mapping[str, str]) -> str | None:
    """The function's first line at the tag of the installed version; None where repository or version is not known."""
    package = function.file.partition("/")[0]
    version = versions.get(package)
    if function.origin != "package" or package not in _REPOSITORIES or version is None:
        return None
    repository, tag, folder = _REPOSITORIES[package]
    return f"https://github.com/{repository}/blob/{tag}{version}/{folder}{function.file}#L{function.line}"
