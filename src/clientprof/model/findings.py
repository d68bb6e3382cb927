"""What the analysis concludes: findings with their evidence, and notices about the measurement itself."""

from dataclasses import dataclass

from clientprof.model.knobs import Turn
from clientprof.model.layers import Layer


@dataclass(frozen=True, slots=True)
class Culprit:
    """The function a finding points at. ``permalink`` links the line in the released source, None if not known."""

    module: str
    function: str
    permalink: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim that can be acted on and refuted.

    ``cost_us_per_request`` is what the claim is about, None where it is not a cost in CPU (a timeout, say);
    ``off_cpu_us_per_request`` is time that passes without computing, None where the claim is not about that. ``mechanism``
    says why it happens, ``pointer`` what a maintainer can change, ``threads`` where it was discussed (``owner/repo#1``);
    ``counters`` name the counters that are its evidence; ``experiment`` says what taking its cause away has shown, empty
    where nobody tried; ``code`` is the remedy to paste, empty where there is none;
    ``measured_gain_us`` is what that experiment saved, below 0 where it made it worse, None where none was made.
    ``turns`` are the settings that the remedy turns. Of a program both costs are means over all of its requests.
    ``close_to_bound``: it is a finding by so little that another run may not report it.
    """

    id: str
    title: str
    layer: Layer
    culprits: tuple[Culprit, ...]
    claim: str
    evidence: tuple[str, ...]
    remedy: str
    falsifier: str
    cost_us_per_request: float | None = None
    mechanism: str = ""
    pointer: str = ""
    threads: tuple[str, ...] = ()
    counters: tuple[str, ...] = ()
    experiment: str = ""
    off_cpu_us_per_request: float | None = None
    code: str = ""
    measured_gain_us: float | None = None
    turns: tuple[Turn, ...] = ()
    close_to_bound: bool = False


@dataclass(frozen=True, slots=True)
class SharedCause:
    """Findings that are one story, in the order of reading, and what a user can do about them.

    ``cost_us_per_request`` is counted once: the costs of all causes add up to no more than the client's CPU. It is None
    where the cause is no matter of CPU. ``share`` is its part of the client's CPU. ``remedy`` and ``code`` are for users and
    do not contradict those of another cause; ``warning`` names what looks like a remedy and makes it worse.
    ``time_us_per_request`` is what it takes of a request's time, a mean over all requests of a program, whose causes are
    told in time and not in CPU.
    ``turns`` are the settings that remedy and warning turn.
    """

    id: str
    title: str
    findings: tuple[Finding, ...]
    cost_us_per_request: float | None = None
    share: float | None = None
    remedy: str = ""
    code: str = ""
    warning: str = ""
    time_us_per_request: float | None = None
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning about the measurement: what happened, and what it means for the numbers."""

    id: str
    text: str
    advice: str = ""
