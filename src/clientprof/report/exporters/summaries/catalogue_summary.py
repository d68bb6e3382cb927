"""The catalogue of suspects for programs."""

from collections.abc import Iterable

from clientprof.model.experiments.catalogue import CatalogueRow
from clientprof.report.exporters.summaries.summary import Json

SCHEMA = "clientprof.suspects/1"


def to_catalogue(rows: Iterable[CatalogueRow]) -> Json:
    """The rows as plain dicts: ``evidence`` is null where a suspect is not raised, ``absent`` null where it is.

    ``raised`` is null where nothing was measured that could tell. ``clients`` is empty for every client on an event loop.
    """
    return {
        "schema": SCHEMA,
        "suspects": [
            {
                "id": row.id,
                "kind": row.kind,
                "clients": list(row.clients),
                "hypothesis": row.hypothesis,
                "raised": row.raised,
                "evidence": row.evidence if row.raised else None,
                "absent": None if row.raised else row.evidence,
            }
            for row in rows
        ],
    }
