"""From evidence to suspects: which rows of the catalogue are raised by a case, in the order of what they promise."""

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import AsyncAdapter
from clientprof.experiments.environments.newer_pythons import newer_pythons
from clientprof.experiments.suspects.evidence.generic_functions import slow_down_suspects
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Suspicion, Undone
from clientprof.model.results import TraceResult
from clientprof.workload.load.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Raised:
    """A suspect that will be tried, if there is time."""

    suspect: Suspect
    suspicion: Suspicion
    intervention: Intervention


def case_of(result: TraceResult, scenario: Scenario, adapter: str, python: str | None = None) -> Case:
    """The case that a first look makes: the client asked about, and the baseline behind it.

    ``python`` is the interpreter that the client was measured in, None for this one.
    """
    client, *others = result.clients
    kind = CLIENTS[adapter]
    cores = [package for package in kind.packages if package.startswith("httpcore")]
    root = cores[0] if cores else kind.package.replace("-", "_")
    own = platform.python_version() if client.interpreter is None else client.interpreter.version
    pythons = newer_pythons(own, python or sys.executable)
    return Case(client, others[-1] if others else None, scenario, adapter, root, pythons)


def raise_suspects(
    case: Case, catalogue: Mapping[str, Suspect], named: Sequence[str] = (), own: Sequence[Suspect] = ()
) -> tuple[list[Raised], list[Undone]]:
    """Who is suspected, the greatest predicted gain first, and who is not, with the reason.

    What no row of the catalogue knows is raised by its cost alone, to be slowed down.
    """
    raised: list[Raised] = []
    undone: list[Undone] = []
    for suspect in (*own, *catalogue.values()):
        if not applies(suspect, case.adapter):
            if suspect.id in named:
                undone.append(Undone(suspect.id, f"it does not apply to {case.adapter}"))
            continue
        evidence = suspect.evidence(case)
        if evidence is None and suspect.id in named:
            evidence = Evidence(f"named by the user; evidence absent: {suspect.absent}", None)
        if evidence is None:
            undone.append(Undone(suspect.id, f"evidence absent: {suspect.absent}"))
            continue
        raised.append(_raised(suspect, evidence, case))
    for slow_down in slow_down_suspects(case, [each.suspect for each in raised]):
        evidence = slow_down.evidence(case)
        assert evidence is not None
        raised.append(_raised(slow_down, evidence, case))
    raised.sort(key=lambda each: -(each.suspicion.predicted_us or 0.0))
    return raised, undone


def _raised(suspect: Suspect, evidence: Evidence, case: Case) -> Raised:
    intervention = suspect.intervention(case)
    return Raised(suspect, suspect.suspicion(evidence, intervention), intervention)


def applies(suspect: Suspect, adapter: str) -> bool:
    """Whether the suspect is one of this client's."""
    if suspect.adapters:
        return adapter in suspect.adapters
    return issubclass(CLIENTS[adapter], AsyncAdapter) and not CLIENTS[adapter].opaque
