"""A saved baseline for CI: which client, version and load it was, and what it cost then.

Times of another day or machine prove nothing, so the saved figure is never compared with a new one: the saved client is
installed and measured again, in lock-step with the others. The saved figure stands beside it and tells how the machine
differs.
"""

import json
import platform
from dataclasses import dataclass, replace
from pathlib import Path

from clientprof.cli import CommandError
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.model.provenance.interpreter import names_python
from clientprof.model.recording import Recording
from clientprof.recording.dataclass_json import from_json, to_json
from clientprof.workload.load.scenario import Scenario

SCHEMA = "clientprof.baseline/1"


@dataclass(frozen=True, slots=True)
class SavedBaseline:
    """What a baseline file holds. ``client`` names the version that was measured; ``scenario`` is the load's label."""

    schema: str
    client: str
    scenario: str
    python: str
    created: str
    tool_version: str
    cpu_us_per_request: float

    def differences(self, scenario: Scenario, python: str | None) -> tuple[str, ...]:
        """In what a measurement under this load and in this Python differs, besides the client."""
        from clientprof.workload.load.scenario_labels import label_of

        label, found = label_of(scenario), []
        if label != self.scenario:
            found.append(f"the baseline was measured under {self.scenario}, this is {label}")
        # A path names an interpreter that is asked for its version only when it measures.
        asked = platform.python_version() if python is None else python
        wanted = _minor(self.python)
        if asked[:1].isdigit() and _minor(asked) != wanted and not names_python(self.client):
            found.append(f"the baseline was measured in Python {wanted}, this is {_minor(asked)}")
        return tuple(found)

    def with_drift(self, recording: Recording) -> Recording:
        """The recording with a notice of what the same client cost when it was saved."""
        from clientprof.attribution.costs.headline import control_of

        manifest = recording.manifest
        control = control_of(recording.of(manifest.baseline or "", "control"))
        if control is None or not self.cpu_us_per_request > 0:
            return recording
        now_us = control.cpu_us_per_request.value
        text = (
            f"{self.client} took {self.cpu_us_per_request:,.1f} µs per request when it was saved ({self.created}), "
            f"{now_us:,.1f} µs here: {now_us / self.cpu_us_per_request:.2f}x, by the machine or its load."
        )
        notice = ("saved-baseline", text, "Verdicts rest on what was measured now, side by side.")
        return Recording(replace(manifest, notices=(*manifest.notices, notice)), recording.runs)


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def save_baseline(path: Path, recording: Recording, spec: ClientSpec, scenario: Scenario) -> None:
    """Write the baseline of a comparison, its version named, to a file.

    Raises:
        CommandError: it was not measured, or the file cannot be written.
    """
    from clientprof.attribution.costs.headline import control_of
    from clientprof.cli.files.compare_files import write_text
    from clientprof.clients import CLIENTS
    from clientprof.workload.load.scenario_labels import label_of

    manifest = recording.manifest
    runs = recording.of(manifest.baseline or "", "control")
    control = control_of(runs)
    if control is None:
        raise CommandError("the baseline was not measured, so it is not saved")
    facts = runs[0].facts
    pinned = replace(spec, version=facts.client_version) if CLIENTS[spec.adapter].package else spec
    saved = SavedBaseline(
        schema=SCHEMA,
        client=pinned.label,
        scenario=label_of(scenario),
        python=facts.python,
        created=manifest.created,
        tool_version=manifest.tool_version,
        cpu_us_per_request=control.cpu_us_per_request.value,
    )
    write_text(path, json.dumps(to_json(saved), indent=1) + "\n")


def read_saved(path: Path) -> SavedBaseline:
    """The baseline of a file.

    Raises:
        CommandError: there is no such file, or it holds none.
    """
    try:
        saved = from_json(SavedBaseline, json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CommandError(f"--against-baseline {path}: {error.strerror or error}", code=2) from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise CommandError(f"--against-baseline {path} is no saved baseline: {reason}", code=2) from None
    if saved.schema != SCHEMA:
        raise CommandError(f"--against-baseline {path} has schema {saved.schema!r}; this reads {SCHEMA}", code=2)
    return saved
