"""What an environment consists of, and the key under which it is kept."""

import hashlib
import json
import re
from dataclasses import dataclass

from clientprof.clients.adapter import Adapter
from clientprof.experiments.environments.client_specs import ClientSpec, Part
from clientprof.experiments.environments.interpreters import Interpreter
from clientprof.experiments.environments.profilers import installable, version_here

# Raised when environments made by older versions of clientprof can no longer be used.
_FORM = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """One environment: the spec's label, what is installed (as pip reads it), and for which interpreter."""

    label: str
    adapter: str
    client: tuple[Part, ...]
    profilers: tuple[Part, ...]
    interpreter: Interpreter

    @property
    def requirements(self) -> tuple[str, ...]:
        return tuple(part.text for part in (*self.client, *self.profilers))

    @property
    def key(self) -> str:
        """The folder's name: readable, then a digest of everything that makes a difference."""
        facts = (
            _FORM, self.adapter, *self.requirements, self.interpreter.implementation, self.interpreter.version,
            self.interpreter.free_threaded, self.interpreter.machine, self.interpreter.build,
        )  # fmt: skip
        digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:10]
        name = re.sub(r"[^A-Za-z0-9.]+", "-", self.label).strip("-")[:60]
        return f"{name}-py{'.'.join(map(str, self.interpreter.minor))}-{digest}"


def recipe_of(spec: ClientSpec, adapter: type[Adapter], version: str | None, interpreter: Interpreter) -> Recipe:
    """The recipe of a spec; ``version`` is the distribution's, None for the newest."""
    client = [Part(adapter.package, spec.extras, version)] if adapter.package else []
    needs = [Part(name) for name in adapter.needs if name not in {part.name for part in spec.added}]
    profilers = tuple(Part(name, version=version_here(name)) for name in installable(interpreter.minor))
    return Recipe(spec.label, spec.adapter, (*client, *needs, *spec.added), profilers, interpreter)
