"""A recording with every text in it rewritten: manifest and facts, not the columns, which hold numbers only."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from clientprof.model.recording import Manifest, Recording
from clientprof.model.run import RunFacts
from clientprof.recording.dataclass_json import from_json, to_json


def rewritten(recording: Recording, rewrite: Callable[[str], str]) -> Recording:
    """The same recording, where each text is what ``rewrite`` makes of it; names of fields stay."""
    known: dict[str, str] = {}

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            if value not in known:
                known[value] = rewrite(value)
            return known[value]
        if isinstance(value, Mapping):
            return {key: walk(item) for key, item in value.items()}
        return [walk(item) for item in value] if isinstance(value, list) else value

    runs = tuple(replace(run, facts=from_json(RunFacts, walk(to_json(run.facts)))) for run in recording.runs)
    return Recording(from_json(Manifest, walk(to_json(recording.manifest))), runs)
