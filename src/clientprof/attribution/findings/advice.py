"""What a user can do about a cause, today and from outside the library, with code to paste.

The advice on one cause looks at the others: a remedy that makes another cause worse is not given.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from clientprof.model.findings import Finding
from clientprof.model.remedies import HTTPX_OVER_AIOHTTP
from clientprof.model.results import ClientResult


@dataclass(frozen=True, slots=True)
class Advice:
    """``text`` is one or two sentences, ``code`` can be pasted, ``warning`` names what makes it worse. Each may be empty."""

    text: str
    code: str = ""
    warning: str = ""


_MANY_CONNECTIONS = "Do not raise the connection limit or the keep-alive limit for it: every scan then takes longer."


def advice(cause: str, members: Sequence[Finding], client: ClientResult, present: Collection[str]) -> Advice:
    """The advice on a cause with these findings, where the causes in ``present`` were found too."""
    if cause == "pool":
        return _on_pool(client)
    if cause == "connections":
        return _on_connections(members, client, "pool" in present)
    first = members[0]
    code = first.code
    if cause == "missing-import" and "`pip install " in first.remedy:
        code = first.remedy.partition("`")[2].partition("`")[0]
        return Advice(first.remedy.partition(":")[0] + ".", code)
    return Advice("" if cause == "built-in" else first.remedy, code)


def _on_pool(client: ClientResult) -> Advice:
    """The scan lies inside the library, so that fewer requests or connections save little; another transport avoids it."""
    if _adapter(client) == "httpx":
        return Advice(
            "Use another transport below httpx's interface, such as httpx-aiohttp.",
            HTTPX_OVER_AIOHTTP,
            _MANY_CONNECTIONS,
        )
    return Advice("Use another transport or another client.", "", _MANY_CONNECTIONS)


def _on_connections(members: Sequence[Finding], client: ClientResult, scans: bool) -> Advice:
    lost = any(each.id == "keepalive-eviction" for each in members)
    if not lost:
        return Advice(
            "Keep one client for as long as the process runs: this happens in its first round only.",
            warning=_MANY_CONNECTIONS if scans else "",
        )
    text = "Set the keep-alive limit equal to the connection limit, and neither above the requests in flight."
    flight = client.in_flight
    name = _adapter(client).partition("-")[0]
    if name not in ("httpx", "httpx2") or flight is None:
        return Advice(text)
    kind = "Client" if _adapter(client).endswith("-sync") else "AsyncClient"
    most = max(1, flight.most)
    code = (
        f"limits = {name}.Limits(max_connections={most}, max_keepalive_connections={most})\n"
        f"client = {name}.{kind}(limits=limits)"
    )
    warning = "More connections make every scan of the pool longer. Measure with `--keepalive` first." if scans else ""
    return Advice(text, code, warning)


def _adapter(client: ClientResult) -> str:
    """``httpx`` of ``httpx==0.28.1+sniffio@py3.14``."""
    return re.split(r"[=+@\[ ]", client.name)[0]
