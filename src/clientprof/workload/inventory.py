"""What an environment holds, asked from inside it: run as a module, it prints one JSON line."""

import importlib.metadata
import json
import platform
import sys
from dataclasses import dataclass

from clientprof.model.provenance.distributions import normal_name
from clientprof.recording.dataclass_json import to_json


@dataclass(frozen=True, slots=True)
class Installed:
    """One distribution: normalised name, version, the extras that it offers (normalised)."""

    name: str
    version: str
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """The interpreter's version, the distributions, and the client's version or why it cannot be measured."""

    python: str
    installed: tuple[Installed, ...]
    version: str | None = None
    problem: str | None = None

    def of(self, name: str) -> Installed | None:
        """The distribution of that normalised name."""
        return next((item for item in self.installed if item.name == name), None)


def take_inventory(adapter_name: str) -> Inventory:
    """Everything installed in this interpreter, and the version of one client."""
    from clientprof.clients import CLIENTS
    from clientprof.workload.versions import VersionMismatch, unlike_known, verified_version

    version: str | None = None
    problem: str | None = None
    try:
        version = verified_version(CLIENTS[adapter_name]())
    except VersionMismatch as error:
        problem = str(error)
    except Exception as error:  # whatever an incompatible package raises on import
        # Of what is not there, or breaks where it is imported, the adapter has used nothing yet.
        unlike = unlike_known(CLIENTS[adapter_name], error) if isinstance(error, AttributeError) else None
        problem = unlike or f"{adapter_name} cannot be imported: {type(error).__name__}: {error}"
    rows = {}
    for found in importlib.metadata.distributions():
        name = found.metadata["Name"]
        if name and name not in rows:  # the first on the path is the one that is imported
            extras = found.metadata.get_all("Provides-Extra") or []
            rows[name] = Installed(normal_name(name), found.version, tuple(sorted(map(normal_name, extras))))
    return Inventory(
        platform.python_version(), tuple(sorted(rows.values(), key=lambda row: row.name)), version, problem
    )


if __name__ == "__main__":
    print(json.dumps(to_json(take_inventory(sys.argv[1]))))
