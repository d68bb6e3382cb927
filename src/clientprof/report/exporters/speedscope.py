"""speedscope's own JSON (https://www.speedscope.app/file-format-schema.json): one profile per client, frames shared.

Weights are microseconds of CPU per request, so that the clients of one file compare.
"""

import json

from clientprof.model.export import Export
from clientprof.model.samples import CodeLocation
from clientprof.report.exporters.one_line import one_line
from clientprof.report.exporters.weighted_stacks import stacks_of

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def to_speedscope(export: Export) -> bytes:
    """All clients that were sampled."""
    frames: list[dict[str, str | int]] = []
    places: dict[CodeLocation, int] = {}

    def place(location: CodeLocation) -> int:
        if location not in places:
            places[location] = len(frames)
            frame: dict[str, str | int] = {"name": one_line(location.name)}
            if location.file:
                frame["file"] = one_line(location.file)
            if location.line:
                frame["line"] = location.line
            frames.append(frame)
        return places[location]

    profiles: list[dict[str, object]] = []
    for client in (entry.client for entry in export.clients):
        if client.profile is None:
            continue
        samples: list[list[int]] = []
        weights: list[float] = []
        for nodes in stacks_of(client.profile.root):
            samples.append([place(node.location) for node in nodes])
            weights.append(nodes[-1].self_us)
        profiles.append(
            {
                "type": "sampled",
                "name": one_line(f"{client.title}: CPU per request"),
                "unit": "microseconds",
                "startValue": 0,
                "endValue": sum(weights),
                "samples": samples,
                "weights": weights,
            }
        )
    document = {
        "$schema": _SCHEMA,
        "exporter": "clientprof",
        "name": one_line(export.result.title),
        "activeProfileIndex": 0,
        "shared": {"frames": frames},
        "profiles": profiles,
    }
    return json.dumps(document, allow_nan=False, separators=(",", ":")).encode()
