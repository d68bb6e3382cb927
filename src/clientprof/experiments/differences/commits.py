"""The commits of a repository as a history to search, and the client that is measured at each."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from clientprof.clients import CLIENTS
from clientprof.experiments.differences.history import History
from clientprof.experiments.environments.client_specs import ClientSpec, Part
from clientprof.experiments.sources.asked import SourceAsked
from clientprof.experiments.sources.errors import SourceProblem
from clientprof.experiments.sources.found import FoundSource, SourceKind
from clientprof.experiments.sources.git import GitFailed, git
from clientprof.experiments.sources.projects import projects_below
from clientprof.experiments.sources.repository import Repository
from clientprof.experiments.sources.resolve import repository_of
from clientprof.model.provenance.distributions import normal_name


@dataclass(frozen=True, slots=True)
class Commits:
    """What is searched: ``client`` with ``package`` from a commit of ``folder`` in the repository.

    ``package`` is the client's own or one beside it. ``every``: also commits that a merge brought in.
    """

    client: ClientSpec
    package: str
    repository: Repository
    folder: str
    good: str
    bad: str
    every: bool = False

    def history(self) -> History:
        """The commits from the good end to the bad one.

        Raises:
            SourceProblem: the good end is none of the bad one's ancestors.
        """
        top = self.repository.top
        good, bad = self.good[:9], self.bad[:9]
        if _is_ancestor(self.repository, self.bad, self.good):
            raise SourceProblem(
                f"--bad {bad} comes before --good {good}: swap them; the bad end may as well be the cheaper"
            )
        if not _is_ancestor(self.repository, self.good, self.bad):
            raise SourceProblem(f"--good {good} is no ancestor of --bad {bad}{self._common()}")
        way = () if self.every else ("--first-parent",)
        options = ("--parents", "--topo-order", "--reverse", *way)
        rows = git(top, "rev-list", *options, f"{self.good}..{self.bad}").splitlines()
        parents: dict[str, tuple[str, ...]] = {}
        for row in rows:
            commit, *behind = row.split()
            parents[commit] = tuple(behind if self.every else behind[:1])
        return History(self.good, self.bad, parents)

    def _common(self) -> str:
        try:
            base = git(self.repository.top, "merge-base", self.good, self.bad)
        except GitFailed:
            return ", nor have they one in common"
        return f"; search from the commit that both have: --good {base[:9]}"

    def spec(self, step: str) -> ClientSpec:
        """The client with the package of that commit.

        Raises:
            SourceProblem: the commit holds a submodule.
        """
        tree = self.repository.at(step).tree
        found = FoundSource(SourceKind.COMMIT, self.repository.top, self.folder, tree, step)
        source = SourceAsked(self.repository.name, step, found)
        if self.package == normal_name(CLIENTS[self.client.adapter].package):
            return replace(self.client, source=source)
        added = {part.name: part for part in self.client.added}
        added[self.package] = Part(self.package, added.get(self.package, Part(self.package)).extras, None, source)
        return replace(self.client, added=tuple(added[name] for name in sorted(added)))

    def obstacle(self, step: str) -> str | None:
        """Nothing but the building itself tells whether a commit can be measured."""
        return None

    def title(self, step: str) -> str:
        """``1a2b3c4d5 (Scan the pool once)``."""
        return f"{step[:9]} ({self.repository.subject(step)})"

    def is_merge(self, step: str) -> bool:
        """Whether the commit brought others in."""
        return len(git(self.repository.top, "rev-list", "--parents", "--max-count=1", step).split()) > 2


def commits_of(path: str, client: ClientSpec | None, good: str, bad: str, *, every: bool) -> Commits:
    """The commits to search; ``client`` None takes the one whose package the repository holds.

    Raises:
        SourceProblem: no repository, no such revision, a dirty tree, or no package that can be meant.
    """
    repository, folder = repository_of(path)
    ends = repository.commit(good), repository.commit(bad)
    if ends[0] == ends[1]:
        raise SourceProblem(f"--good {good} and --bad {bad} are one commit; there is nothing between them")
    if repository.is_dirty():
        raise SourceProblem(
            f"{repository.name} has uncommitted changes, which no commit of the search would have; commit or stash them"
        )
    names = _packages_at(repository, folder, ends[1])
    client = client or _client_of(names, repository.name)
    return Commits(client, _package_of(client, names, repository.name), repository, folder, *ends, every=every)


def _packages_at(repository: Repository, folder: str, commit: str) -> list[str]:
    """The packages that the folder holds at a commit, the nearest to it first."""
    with tempfile.TemporaryDirectory(prefix="clientprof-") as away:
        repository.copy(repository.at(commit), Path(away))
        if not Path(away, folder).is_dir():
            raise SourceProblem(f"{commit[:9]} of {repository.name} has no folder {folder}")
        return [project.name for project in projects_below(Path(away, folder)) if project.name is not None]


def _client_of(names: list[str], repository: str) -> ClientSpec:
    clients = [name for name in names if name in CLIENTS and normal_name(CLIENTS[name].package) == name]
    if len(clients) != 1:
        held = f"it holds {', '.join(names)}" if names else "it holds no named package"
        raise SourceProblem(f"say with --client which client to measure with the commits of {repository}: {held}")
    return ClientSpec(clients[0])


def _package_of(client: ClientSpec, names: list[str], repository: str) -> str:
    """The package that the commits bring: the client's own, one that is written beside it, or the only one there is."""
    own = normal_name(CLIENTS[client.adapter].package)
    for name in (own, *(part.name for part in client.added)):
        if name in names:
            return name
    if len(names) != 1:
        held = f"holds {', '.join(names)}" if names else "holds no named package"
        raise SourceProblem(
            f"{repository} {held}; say which to measure beside the client: --client {client.label}+PACKAGE"
        )
    return names[0]


def _is_ancestor(repository: Repository, one: str, other: str) -> bool:
    try:
        git(repository.top, "merge-base", "--is-ancestor", one, other)
    except GitFailed:
        return False
    return True


def tag_of(path: str, client: str, version: str) -> str | None:
    """The tag of a client's release in its repository, None where there is none of the usual names."""
    repository, _ = repository_of(path)
    tags = set(git(repository.top, "tag", "--list").splitlines())
    names = (version, f"v{version}", f"{client}-{version}", f"{client}-v{version}", f"{client}=={version}")
    return next((name for name in names if name in tags), None)
