"""What a user can do about a cause, today and from outside the library, with code to paste.

The advice on one cause looks at all other advice of the report: a remedy that makes another cause worse is not given.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clientprof.attribution.findings.reconciling import Taken, contradicted_by
from clientprof.model.client_names import client_of
from clientprof.model.findings import Finding
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.remedies import HTTPX_OVER_AIOHTTP
from clientprof.model.results import ClientResult


@dataclass(frozen=True, slots=True)
class Advice:
    """``text`` is one or two sentences, ``code`` can be pasted, ``warning`` names what makes it worse. Each may be empty.

    ``turns`` are the settings that text and warning turn.
    """

    text: str
    code: str = ""
    warning: str = ""
    turns: tuple[Turn, ...] = ()


_ANOTHER_CLIENT = Turn(Knob.CLIENT, Way.UP)
_LIMITS = (Turn(Knob.CONNECTIONS, Way.NOT_UP), Turn(Knob.KEPT, Way.NOT_UP))


def advice(
    cause: str, members: Sequence[Finding], client: ClientResult, standing: Sequence[Taken], *, scans: bool
) -> Advice:
    """The advice on a cause with these findings, where ``standing`` is what all findings advise.

    ``scans`` says that the pool's scan is among the causes.
    """
    if cause == "pool":
        return _on_pool(client, standing)
    if cause == "connections":
        return _on_connections(members, client, standing, scans=scans)
    first = members[0]
    code = first.code
    if cause == "missing-import" and "`pip install " in first.remedy:
        code = first.remedy.partition("`")[2].partition("`")[0]
        return Advice(first.remedy.partition(":")[0] + ".", code)
    return Advice("" if cause == "built-in" else first.remedy, code, turns=first.turns)


def _on_pool(client: ClientResult, standing: Sequence[Taken]) -> Advice:
    """The scan lies inside the library, so that fewer requests or connections save little; another transport avoids it."""
    warning, turns = _no_more_connections(standing)
    if client_of(client.name) == "httpx":
        text = "Use another transport below httpx's interface, such as httpx-aiohttp."
        return Advice(text, HTTPX_OVER_AIOHTTP, warning, turns)
    if contradicted_by((_ANOTHER_CLIENT,), standing) is not None:
        return Advice("Use another transport.", "", warning, turns)
    return Advice("Use another transport or another client.", "", warning, (*turns, _ANOTHER_CLIENT))


def _no_more_connections(standing: Sequence[Taken]) -> tuple[str, tuple[Turn, ...]]:
    """A warning of whichever limit no other advice raises."""
    turns = tuple(turn for turn in _LIMITS if contradicted_by((turn,), standing) is None)
    named = " or ".join(f"the {turn.knob}" for turn in turns)
    return f"Do not raise {named} for it: every scan then takes longer." if turns else "", turns


def _on_connections(
    members: Sequence[Finding], client: ClientResult, standing: Sequence[Taken], *, scans: bool
) -> Advice:
    first = members[0]
    if first.id != "keepalive-eviction":
        warning, turns = _no_more_connections(standing) if scans else ("", ())
        return Advice(first.remedy, first.code, warning, (*first.turns, *turns))
    flight = client.in_flight
    name = client_of(client.name).partition("-")[0]
    whole = {turn.knob for turn in first.turns} == {Knob.KEPT, Knob.CONNECTIONS}
    if name not in ("httpx", "httpx2") or flight is None or not whole:
        return Advice(first.remedy, turns=first.turns)
    kind = "Client" if client_of(client.name).endswith("-sync") else "AsyncClient"
    most = max(1, flight.most)
    code = (
        f"limits = {name}.Limits(max_connections={most}, max_keepalive_connections={most})\n"
        f"client = {name}.{kind}(limits=limits)"
    )
    warning = "More connections make every scan of the pool longer. Measure with `--keepalive` first." if scans else ""
    return Advice(first.remedy, code, warning, first.turns)
