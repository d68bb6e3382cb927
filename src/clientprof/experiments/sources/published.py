"""Where the code of a commit can be read by everybody: only where git itself says so, and nobody is asked over a network.

That a repository on GitHub is public cannot be told from its address. It is known of the projects that clientprof links to
anyhow; a fork, or a company's copy, gets no link. A commit counts as published once a branch of such a remote has it.
"""

import re
from pathlib import Path

from clientprof.attribution.costs.permalinks import PUBLIC_REPOSITORIES
from clientprof.experiments.sources.found import FoundSource, SourceKind
from clientprof.experiments.sources.git import GitFailed, git

_GITHUB = re.compile(
    r"(?:https://(?:[^@/]+@)?|git@|ssh://git@|git://)github\.com[:/](?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?", re.ASCII
)


def published_at(source: FoundSource, package: str) -> str | None:
    """What a link to a file of the package begins with, at that commit; None where it is not published.

    ``package`` is the folder that is imported.
    """
    if source.commit is None or source.dirty or source.kind not in (SourceKind.COMMIT, SourceKind.TREE):
        return None
    try:
        repository = _public_remote(source.path, source.commit)
        folder = None if repository is None else _folder_of(source.path, source.commit, package)
    except GitFailed:
        return None
    return (
        None
        if repository is None or folder is None
        else f"https://github.com/{repository}/blob/{source.commit}/{folder}"
    )


def _public_remote(top: Path, commit: str) -> str | None:
    """The public repository on GitHub, a branch of which has the commit, as far as the last fetch tells."""
    for line in git(top, "config", "--get-regexp", r"^remote\..*\.url$").splitlines():
        key, _, url = line.partition(" ")
        found = _GITHUB.fullmatch(url)
        if found is None or found["name"] not in PUBLIC_REPOSITORIES:
            continue
        remote = key.removeprefix("remote.").removesuffix(".url")
        if git(top, "for-each-ref", "--count=1", "--contains", commit, f"refs/remotes/{remote}/"):
            return found["name"]
    return None


def _folder_of(top: Path, commit: str, package: str) -> str | None:
    """The folder in which the package's lies, with a slash at its end or empty; None where that is not the only one."""
    names = git(top, "ls-tree", "-r", "--full-tree", "--name-only", commit).splitlines()
    end = f"{package}/__init__.py"
    found = [name.removesuffix(end) for name in names if name == end or name.endswith(f"/{end}")]
    return found[0] if len(found) == 1 else None
