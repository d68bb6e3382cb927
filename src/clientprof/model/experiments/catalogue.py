"""The catalogue of suspects as it is listed: what each is, and whether there is evidence for it here."""

from dataclasses import dataclass

from clientprof.model.experiments.suspicions import Kind


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A suspect as ``clientprof suspects`` lists it.

    ``clients`` are those that it can apply to, empty for every client on an event loop. ``raised`` is None where nothing was
    measured that could tell. ``evidence`` is the sentence with figures where it is raised, else what was looked for.
    """

    id: str
    kind: Kind
    clients: tuple[str, ...]
    hypothesis: str
    raised: bool | None
    evidence: str
