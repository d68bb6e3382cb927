"""What pip and uv print when they fail, as one line that says what is possible.

Texts of pip 22 to 26 and uv 0.5 to 0.13; what is not recognised is shown by its last line.
"""

import re
from collections.abc import Callable, Iterable

from clientprof.experiments.environments.recipe import Recipe
from clientprof.model.provenance.distributions import normal_name

_NEAR = 3
_NO_NETWORK = re.compile(
    r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|Failed to establish a new connection|ProxyError|"
    r"error sending request|dns error|tcp connect error|Temporary failure in name resolution|Network is unreachable|"
    r"Network connectivity is disabled|connection broken by"
)
_PIP_NO_VERSION = re.compile(
    r"Could not find a version that satisfies the requirement (\S+?)(?: \(from (?!versions:)[^)]*\))? "
    r"\(from versions: ([^)]*)\)"
)
_PIP_OTHER_PYTHON = re.compile(r"([0-9][^\s;]*) Requires-Python ([^;\n]+)")
_PIP_WRONG_PYTHON = re.compile(r"Package '([^']+)' requires a different Python: \S+ not in '([^']+)'")
_UV_NO_VERSION = re.compile(r"there (?:is|are) no versions? of ([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s,]+)")
_UV_NO_PACKAGE = re.compile(r"([A-Za-z0-9._-]+) was not found in the (?:package registry|cache|provided)")
_UV_WRONG_PYTHON = re.compile(r"does not satisfy Python\S+ and (\S+) depends on Python([<>=!~]\S*?),? ")
_NOT_BUILT = re.compile(
    r"Failed to build|Failed building wheel|metadata-generation-failed|subprocess-exited-with-error|"
    r"build backend returned an error|has no usable wheels|only-binary"
)


def explain(recipe: Recipe, output: str, versions_of: Callable[[str], Iterable[str]], *, by_hand: str) -> str:
    """Why the recipe could not be installed. ``versions_of`` asks the index for a package's versions."""
    python = recipe.interpreter.name
    if no_network(output):
        return (
            f"the environment of {recipe.label} ({recipe.key}) is not there yet and the package index cannot be reached; "
            f"with a network, run the same command again, or by hand: {by_hand}"
        )
    other = _other_python(recipe, output)
    if other is not None:
        return f"{recipe.label} does not fit {python}: {other}; name another interpreter with --python"
    missing = _missing(output)
    if missing is not None:
        package, version, listed = missing
        versions = listed or (() if version is None else tuple(versions_of(package)))
        if version is None or not versions:
            wanted = package if version is None else f"{package} {version}"
            return f"{recipe.label} cannot be installed: the package index has no {wanted} for {python}"
        return f"there is no {package} {version} for {python}; the nearest are {', '.join(nearest(version, versions))}"
    if _NOT_BUILT.search(output):
        return (
            f"{recipe.label} has no wheel for {python} among its packages and could not be built from source "
            f"({_last_error(output)}); name another interpreter with --python, or another version"
        )
    if "ResolutionImpossible" in output or "No solution found" in output:
        return f"{recipe.label} cannot be installed: {_conflict(output)}"
    return f"{recipe.label} cannot be installed: {_last_error(output)}"


def no_network(output: str) -> bool:
    """Whether the package index could not be reached."""
    return _NO_NETWORK.search(output) is not None


def nearest(asked: str, versions: Iterable[str]) -> tuple[str, ...]:
    """The versions next to the one asked for, below and above, pre-releases last resort; ascending."""
    ordered = sorted(set(versions), key=_order)
    ordered = [version for version in ordered if re.fullmatch(r"[0-9.]+(\.post[0-9]+)?", version)] or ordered
    below = [version for version in ordered if _order(version) < _order(asked)]
    above = ordered[len(below) :]
    return (*below[-_NEAR:], *above[:_NEAR])


def _order(version: str) -> tuple[list[int], str]:
    release = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return ([int(number) for number in release[0].split(".")] if release else []), version


def _other_python(recipe: Recipe, output: str) -> str | None:
    wrong = _PIP_WRONG_PYTHON.search(output)
    if wrong is not None:
        return f"{wrong[1]} needs Python {wrong[2]}"
    missing = _PIP_NO_VERSION.search(output)
    if missing is not None:
        asked = missing[1].partition("==")[2]
        needed = dict(_PIP_OTHER_PYTHON.findall(output)).get(asked)
        if needed is not None:
            return f"{missing[1]} needs Python {needed.strip()}"
    uv = _UV_WRONG_PYTHON.search(output)
    return None if uv is None else f"{uv[1]} needs Python {uv[2]}"


def _missing(output: str) -> tuple[str, str | None, tuple[str, ...]] | None:
    """Package, version asked for (None where the package itself is missing), versions listed."""
    pip = _PIP_NO_VERSION.search(output)
    if pip is not None:
        name, _, version = pip[1].partition("==")
        listed = () if pip[2] == "none" else tuple(pip[2].split(", "))
        return normal_name(name.partition("[")[0]), version or None, listed
    uv = _UV_NO_VERSION.search(output)
    if uv is not None:
        return normal_name(uv[1]), uv[2], ()
    gone = _UV_NO_PACKAGE.search(output)
    return None if gone is None else (normal_name(gone[1]), None, ())


def _conflict(output: str) -> str:
    """The cause in the resolver's words, on one line."""
    text = output.partition("The conflict is caused by:")[2].partition("To fix this")[0]
    text = text or output.partition("No solution found when resolving dependencies")[2]
    lines = [line.strip(" │╰─▶:") for line in text.splitlines()]
    return re.sub(r"^(cause:|hint:)\s*", "", " ".join(filter(None, lines)))[:400] or _last_error(output)


def _last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(ERROR|error|[A-Za-z.]*(Error|Exception))\b:?", line)]
    return (errors or lines or ["it printed nothing"])[-1][:300]
