"""What a user may write for a client: its name, and the version, extras and added packages it is to be measured with.

``httpx``, ``httpx==0.27.2``, ``httpx[http2]``, ``httpx==0.28.1+sniffio``, ``httpx[http2]==0.28.1+sniffio==1.3.0+uvloop``.
The name is an adapter's; the version is that of the distribution which the adapter measures.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from clientprof.clients.adapter import Adapter

# PEP 508 names, and versions as far as PyPI has them; a local version's plus would be an added package here.
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VERSION = r"[0-9][A-Za-z0-9.!-]*"
_PART = re.compile(rf"(?P<name>{_NAME})(?:\[(?P<extras>[^\]]*)\])?(?:==(?P<version>{_VERSION}))?")
_OPERATOR = re.compile(r"===|~=|!=|>=|<=|>|<|=|@|\s")
FORM = "NAME, NAME==VERSION, NAME[EXTRA], and +PACKAGE or +PACKAGE==VERSION for what is to be installed beside it"


class SpecError(ValueError):
    """A client that cannot be meant. The message says what can be written instead."""


@dataclass(frozen=True, slots=True)
class Part:
    """One distribution: its name, extras in order of the alphabet, exact version or None."""

    name: str
    extras: tuple[str, ...] = ()
    version: str | None = None

    @property
    def text(self) -> str:
        """As pip and uv read it."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.name}{extras}{'' if self.version is None else f'=={self.version}'}"


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """A client as asked for: the adapter's name in CLIENTS, extras and version of its distribution, added packages."""

    adapter: str
    extras: tuple[str, ...] = ()
    version: str | None = None
    added: tuple[Part, ...] = ()

    @classmethod
    def parse(cls, text: str, known: Mapping[str, type[Adapter]]) -> "ClientSpec":
        """The spec from its text; ``known`` is CLIENTS.

        Raises:
            SpecError: not of that form, or not one of the known clients.
        """
        first, *others = text.strip().split("+")
        client = _part(first, text)
        if client.name not in known:
            raise SpecError(f"no client {client.name!r}{_closest(client.name, known)}")
        added = tuple(sorted((_part(other, text) for other in others), key=lambda part: part.name))
        names = [part.name for part in added]
        for name in names:
            if names.count(name) > 1:
                raise SpecError(f"{text!r} adds {name} twice")
        kind = known[client.name]
        if not kind.package and (client.extras or client.version):
            raise SpecError(f"{client.name} is part of clientprof and has no versions; write {client.name}")
        if normal_name(kind.package) in names:
            raise SpecError(f"{text!r} adds {kind.package} to itself; write {client.name}==VERSION")
        return cls(client.name, client.extras, client.version, added)

    @property
    def label(self) -> str:
        """The canonical text, which ``parse`` reads back; the client's name in every result."""
        return "+".join(part.text for part in (Part(self.adapter, self.extras, self.version), *self.added))

    @property
    def plain(self) -> bool:
        """Whether nothing but the client's name was asked for."""
        return self == ClientSpec(self.adapter)


def normal_name(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _part(text: str, whole: str) -> Part:
    match = _PART.fullmatch(text.strip())
    if match is None:
        raise SpecError(_what_is_wrong(text.strip(), whole))
    extras = {normal_name(extra.strip()) for extra in (match["extras"] or "").split(",")}
    if match["extras"] is not None and not all(re.fullmatch(_NAME, extra) for extra in extras):
        raise SpecError(f"{whole!r}: {match['extras']!r} is no extra; write {match['name']}[EXTRA] or {match['name']}")
    return Part(normal_name(match["name"]), tuple(sorted(filter(None, extras))), match["version"])


def _what_is_wrong(part: str, whole: str) -> str:
    if not part:
        return f"{whole!r} names nothing{' after +' if '+' in whole else ''}; write {FORM}"
    name = re.match(_NAME, part)
    if name is not None and re.match(r"(\[[^\]]*\])?==(?!=)", part[name.end() :]):
        return (
            f"{whole!r}: {part.partition('==')[2]!r} is no version; write one exact version, such as {name[0]}==1.2.3"
        )
    if name is not None and _OPERATOR.search(part):
        return f"{whole!r}: one exact version can be measured, such as {name[0]}==1.2.3"
    return f"{whole!r} is no client; write {FORM}"


def _closest(name: str, known: Mapping[str, type[Adapter]]) -> str:
    matches = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(matches)}?" if matches else f"; there are {', '.join(sorted(known))}"
