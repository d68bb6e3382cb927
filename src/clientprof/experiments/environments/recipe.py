"""What an environment consists of, and the key under which it is kept."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clientprof.clients.adapter import Adapter
from clientprof.experiments.environments.client_specs import ClientSpec, Part
from clientprof.experiments.environments.interpreters import Interpreter
from clientprof.experiments.environments.profilers import installable, version_here
from clientprof.model.provenance.distributions import normal_name

# Raised when environments made by older versions of clientprof can no longer be used.
_FORM = 1


@dataclass(frozen=True, slots=True)
class BuiltPart:
    """A package of the client that was built from a source: its wheel's file, and the identity of what is in that."""

    part: Part
    file: Path
    content: str

    @property
    def to_install(self) -> str:
        """As pip and uv read it."""
        extras = f"[{','.join(self.part.extras)}]" if self.part.extras else ""
        return f"{self.part.name}{extras} @ {self.file.as_uri()}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One environment: the spec's label, what is installed (as pip reads it), and for which interpreter.

    ``built`` are those of ``client`` that come from a source. ``pins`` are the versions that whatever else is installed
    shall have, as pip reads constraints: those of the arm that this one is compared with.
    """

    label: str
    adapter: str
    client: tuple[Part, ...]
    profilers: tuple[Part, ...]
    interpreter: Interpreter
    built: tuple[BuiltPart, ...] = ()
    pins: tuple[str, ...] = ()

    @property
    def requirements(self) -> tuple[str, ...]:
        """What is installed, as results name it."""
        return tuple(part.text for part in (*self.client, *self.profilers))

    @property
    def to_install(self) -> tuple[str, ...]:
        """What is installed, as pip and uv read it: files by their paths."""
        return self._with({each.part: each.to_install for each in self.built})

    @property
    def key(self) -> str:
        """The folder's name: readable, then a digest of everything that makes a difference.

        A source counts by what was built: commits that change nothing of that share an environment.
        """
        extras = {each.part: ",".join(each.part.extras) for each in self.built}
        contents = self._with(
            {each.part: f"{each.part.name}[{extras[each.part]}]@{each.content}" for each in self.built}
        )
        facts = (
            _FORM, self.adapter, *contents, self.interpreter.implementation, self.interpreter.version,
            self.interpreter.free_threaded, self.interpreter.machine, self.interpreter.build, *self.pins,
        )  # fmt: skip
        digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:10]
        label = "-".join((self.adapter, *(each.content[:9] for each in self.built))) if self.built else self.label
        name = re.sub(r"[^A-Za-z0-9.]+", "-", label).strip("-")[:60]
        return f"{name}-py{'.'.join(map(str, self.interpreter.minor))}-{digest}"

    def _with(self, texts: Mapping[Part, str]) -> tuple[str, ...]:
        return tuple(texts.get(part, part.text) for part in (*self.client, *self.profilers))


def recipe_of(
    spec: ClientSpec,
    adapter: type[Adapter],
    version: str | None,
    interpreter: Interpreter,
    built: tuple[BuiltPart, ...] = (),
    pins: tuple[str, ...] = (),
) -> Recipe:
    """The recipe of a spec; ``version`` is the distribution's, None for the newest. ``built`` are its sources' packages."""
    from_source = {each.part.name: each.part for each in built}
    client = [Part(normal_name(adapter.package), spec.extras, version)] if adapter.package else []
    needs = [Part(name) for name in adapter.needs if name not in {part.name for part in spec.added}]
    parts = {part.name: part for part in (*client, *needs, *spec.added)} | from_source
    # One that was added by name is meant in that version.
    profilers = tuple(
        Part(name, version=version_here(name)) for name in installable(interpreter.minor) if name not in parts
    )
    return Recipe(spec.label, spec.adapter, tuple(parts.values()), profilers, interpreter, built, pins)
