"""On which interpreter each client ran, and what to say where they differ.

Interpreters differ on purpose where an arm's name says its Python (``httpx@py3.14``): then that is what is compared.
Otherwise another version forbids a verdict (``comparability``), and another build of the same version is warned of.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence

from clientprof.model.findings import Notice
from clientprof.model.provenance.interpreter import GROUP, OF_CLIENTPROF, InterpreterFacts, names_python
from clientprof.model.recording import Manifest
from clientprof.model.results import ClientResult, Setting
from clientprof.model.run import Run

_OWN = "interpreter"


def environment_of(manifest: Manifest, runs: Iterable[Run], clients: Sequence[str]) -> tuple[Setting, ...]:
    """The environment as it is shown: first the interpreter of each client, where it is not clientprof's own for all."""
    told = {name: found for name, found in interpreters_of(runs).items() if name in clients}
    rows = [Setting(*row) for row in manifest.environment]
    own = {row.name: row.value for row in rows if row.group == _OWN}
    alike = all(
        (own.get("python"), own.get("build")) == (f"{facts.implementation} {facts.version}", facts.build)
        for found in told.values()
        for facts in found
    )
    if alike:
        return tuple(rows)
    first = [
        Setting(GROUP, name, "; then ".join(facts.text for facts in told[name])) for name in clients if name in told
    ]
    # What clientprof itself runs on is no client's: it must not be read as theirs.
    rest = [Setting(OF_CLIENTPROF, row.name, row.value) if row.group == _OWN else row for row in rows]
    return (*first, *rest)


def interpreters_of(runs: Iterable[Run]) -> dict[str, tuple[InterpreterFacts, ...]]:
    """The interpreters of each client's runs, in order; one each, unless it changed between them."""
    found: dict[str, dict[InterpreterFacts, None]] = {}
    for run in runs:
        if run.facts.interpreter is not None:
            found.setdefault(run.facts.client, {})[run.facts.interpreter] = None
    return {name: tuple(each) for name, each in found.items()}


def interpreter_notices(runs: Iterable[Run], clients: Sequence[ClientResult]) -> Iterator[Notice]:
    """Interpreters that differ although nobody asked for it."""
    told = interpreters_of(runs)
    for client in clients:
        changed = told.get(client.name, ())
        if len(changed) > 1:
            yield Notice(
                "interpreter-changed",
                f"The interpreter of {client.title} changed between its runs: {'; then '.join(f.text for f in changed)}.",
                "Its figures mix both; measure again.",
            )
    for one, other in itertools.combinations(clients, 2):
        left, right = one.interpreter, other.interpreter
        if left is None or right is None or names_python(one.name) or names_python(other.name):
            continue
        if left.version == right.version and left != right:
            yield Notice(
                "builds-differ",
                f"{one.title} and {other.title} ran on different builds of one version: {left.text}, and {right.text}.",
                "Part of the difference may be theirs; name the Python of each, such as `httpx@py3.14`.",
            )
