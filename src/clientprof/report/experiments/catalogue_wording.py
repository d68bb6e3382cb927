"""How a suspect of the catalogue is told: its clients, and what there is of evidence."""

from clientprof.model.experiments.catalogue import CatalogueRow


def clients_text(row: CatalogueRow) -> str:
    """``httpx, httpx2``."""
    return ", ".join(row.clients) or "any on an event loop"


def evidence_text(row: CatalogueRow) -> str:
    """The evidence; that there is none and what was looked for; or that nothing was measured that could tell."""
    if row.raised is None:
        return f"not looked for{row.evidence and '; there is none where '}{row.evidence}"
    return row.evidence if row.raised else f"absent{row.evidence and ': '}{row.evidence}"
