"""What ``[tool.clientprof]`` of a pyproject.toml says, or a TOML file with the same keys at its top."""

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clientprof.attribution.counts.bounds import CPU, BoundError, parse_bound
from clientprof.clients import CLIENTS
from clientprof.experiments.counts.figures import figures_of
from clientprof.model.counts.check import Bound
from clientprof.workload.load.scenario import Scenario, ScenarioError
from clientprof.workload.load.scenario_labels import label_of, parse_label

# Seconds of measuring for the bounds on CPU of one scenario.
CPU_SECONDS = 60.0
_KEYS = ("client", "path", "base", "python", "scenarios", "bounds", "baseline", "cpu-seconds")
_OF_SCENARIO = ("load", "bounds")
EXAMPLE = 'client = "httpx2", scenarios = ["c128/1k"] and bounds = ["calls <= 1.005 x base"], each on a line of its own'


class ConfigError(ValueError):
    """A file that cannot be meant. The message names it and says what to write."""


@dataclass(frozen=True, slots=True)
class ScenarioBounds:
    """One scenario and what must hold in it."""

    scenario: Scenario
    bounds: tuple[Bound, ...]

    @property
    def label(self) -> str:
        return label_of(self.scenario)


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """``client`` is written as for other commands, without a source: ``httpx2``, ``httpx+httpcore``. ``folder`` is where its
    source lies; ``base`` the revision it is held against; ``baseline`` the file of counts that may stand for it.
    """

    client: str
    folder: Path
    scenarios: tuple[ScenarioBounds, ...]
    base: str | None = None
    python: str | None = None
    baseline: Path | None = None
    cpu_seconds: float = CPU_SECONDS

    @property
    def adapter(self) -> str:
        return self.client.partition("+")[0]

    @property
    def relative(self) -> bool:
        """Whether any bound is against the base."""
        return any(bound.relative for each in self.scenarios for bound in each.bounds)

    @property
    def times(self) -> bool:
        """Whether any bound is on CPU."""
        return any(bound.name == CPU for each in self.scenarios for bound in each.bounds)


def read_config(file: Path) -> CheckConfig:
    """The configuration in the file.

    Raises:
        ConfigError: there is none, or it cannot be meant.
    """
    table = _table(file)
    _only(file, table, _KEYS, "[tool.clientprof]")
    client = _text(file, table, "client")
    if client is None:
        raise ConfigError(f"{file.name} does not say which client; write {EXAMPLE}")
    adapter = client.partition("+")[0]
    if adapter not in CLIENTS:
        near = difflib.get_close_matches(adapter, list(CLIENTS), n=1)
        raise ConfigError(f"{file.name}: no client {adapter!r}{f'; did you mean {near[0]}?' if near else ''}")
    if "@" in client or "==" in client:
        raise ConfigError(
            f"{file.name}: client = {client!r} names a source or version; the base and the head are from git"
        )
    common = _bounds(file, table.get("bounds", []), adapter)
    scenarios = table.get("scenarios", [])
    if not isinstance(scenarios, list) or not scenarios:
        raise ConfigError(f"{file.name} has no scenarios; write {EXAMPLE}")
    found = tuple(_scenario(file, each, common, adapter) for each in scenarios)
    twice = [each.label for number, each in enumerate(found) if each.label in [other.label for other in found[:number]]]
    if twice:
        raise ConfigError(f"{file.name} has the scenario {twice[0]} twice")
    empty = [each.label for each in found if not each.bounds]
    if empty:
        raise ConfigError(f"{file.name} has no bounds for {' and '.join(empty)}; write {EXAMPLE}")
    seconds = table.get("cpu-seconds", CPU_SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 5 <= seconds <= 3600:
        raise ConfigError(f"{file.name}: cpu-seconds must be a number between 5 and 3600, not {seconds!r}")
    baseline = _text(file, table, "baseline")
    return CheckConfig(
        client=client,
        folder=file.resolve().parent / (_text(file, table, "path") or "."),
        scenarios=found,
        base=_text(file, table, "base"),
        python=_text(file, table, "python"),
        baseline=None if baseline is None else file.resolve().parent / baseline,
        cpu_seconds=float(seconds),
    )


def _table(file: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no {file.name} here; name the file with --config") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file.name} cannot be read: {getattr(error, 'strerror', None) or 'it is no UTF-8'}"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file.name} is no TOML: {error}") from None
    tool = data.get("tool", {})
    own = tool.get("clientprof") if isinstance(tool, dict) else None
    if own is None and file.name != "pyproject.toml" and "tool" not in data:
        own = data
    if not isinstance(own, dict):
        raise ConfigError(f"{file.name} has no table [tool.clientprof]; write {EXAMPLE}")
    return own


def _scenario(file: Path, given: Any, common: tuple[Bound, ...], client: str) -> ScenarioBounds:
    own: tuple[Bound, ...] = ()
    label = given
    if isinstance(given, dict):
        _only(file, given, _OF_SCENARIO, "a scenario")
        label, own = given.get("load"), _bounds(file, given.get("bounds", []), client)
    if not isinstance(label, str):
        raise ConfigError(f'{file.name}: a scenario is a label, or {{load = "c128/1k", bounds = [...]}}, not {given!r}')
    try:
        return ScenarioBounds(parse_label(label), (*common, *own))
    except ScenarioError as error:
        raise ConfigError(f"{file.name}: {error}") from None


def _bounds(file: Path, given: Any, client: str) -> tuple[Bound, ...]:
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise ConfigError(f'{file.name}: bounds is a list of texts, such as ["calls <= 1.005 x base"], not {given!r}')
    try:
        return tuple(parse_bound(text, figures_of(client)) for text in given)
    except BoundError as error:
        raise ConfigError(f"{file.name}: {error}") from None


def _text(file: Path, table: dict[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise ConfigError(f"{file.name}: {key} is a text, not {value!r}")
    return value


def _only(file: Path, table: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in keys:
            near = difflib.get_close_matches(key, keys, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(keys)}"
            raise ConfigError(f"{file.name}: {where} has no {key!r}; {hint}")
