"""What a user may write for a client: its name, and the version, extras, added packages and Python to measure it with.

``httpx``, ``httpx==0.27.2``, ``httpx[http2]``, ``httpx==0.28.1+sniffio``, ``httpx[http2]==0.28.1+sniffio==1.3.0+uvloop``.
The name is an adapter's; the version is that of the distribution which the adapter measures.

The Python stands at the end: ``httpx@py3.14``, ``httpx==0.28.1+sniffio@py3.13.0``, ``httpx@py3.14t`` (free-threaded), and by
path ``httpx@py:/opt/python/bin/python3``. Only ``@py`` and a version, or ``@py:``, mean a Python: other texts after an ``@``
do not.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from clientprof.clients.adapter import Adapter
from clientprof.experiments.sources.asked import GIT, SourceAsked, ends_of, read_source
from clientprof.model.provenance.distributions import normal_name

# PEP 508 names, and versions as far as PyPI has them; a local version's plus would be an added package here.
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VERSION = r"[0-9][A-Za-z0-9.!-]*"
_NAMED = rf"(?P<name>{_NAME})(?:\[(?P<extras>[^\]]*)\])?"
_PART = re.compile(rf"{_NAMED}(?:==(?P<version>{_VERSION}))?")
_WITH_SOURCE = re.compile(rf"\s*{_NAMED}@(?=\S)")
_OPERATOR = re.compile(r"===|~=|!=|>=|<=|>|<|=|@|\s")
PYTHON_VERSION = r"[0-9]+\.[0-9]+(?:\.[0-9]+(?:(?:a|b|rc)[0-9]+)?\+?)?t?"
# A Python by version, at the end, or by path, which may hold whatever signs a spec has.
_PYTHON = re.compile(rf"(?P<client>.*?)@py(?::(?P<path>.*)|(?P<version>{PYTHON_VERSION}))", re.DOTALL)
_NO_PYTHON = re.compile(rf"@(?:[Pp]y|[Pp]ython)?-?(?:(?P<version>{PYTHON_VERSION})|[0-9.]*t?)$")
FORM = (
    "NAME, NAME==VERSION, NAME[EXTRA], +PACKAGE or +PACKAGE==VERSION for what is to be installed beside it, "
    "@PATH or @git:PATH@REV for the source of either, and @pyX.Y or @py:PATH at the end for another Python"
)


class SpecError(ValueError):
    """A client that cannot be meant. The message says what can be written instead."""


@dataclass(frozen=True, slots=True)
class Part:
    """One distribution: its name, extras in order of the alphabet, exact version or None, its source where it is no release.
    A source's version is known once it is built."""

    name: str
    extras: tuple[str, ...] = ()
    version: str | None = None
    source: SourceAsked | None = None

    @property
    def text(self) -> str:
        """As pip and uv read it, and for a source as labels have it."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        if self.source is not None:
            return f"{self.name}{extras}{self.source.text}"
        return f"{self.name}{extras}{'' if self.version is None else f'=={self.version}'}"


@dataclass(frozen=True, slots=True)
class PythonAsked:
    """A Python as asked for: by version (``3.14``, ``3.14.2``, ``3.14t``), by path, or by both once the interpreter there
    has told its version. Results name the version, no path."""

    version: str | None = None
    path: str | None = None

    @property
    def text(self) -> str:
        """As it stands in a label."""
        return f"@py{self.version}" if self.version else f"@py:{PurePath(self.path or '').name}"

    @property
    def wanted(self) -> str:
        """What to look for: the path, else the version."""
        return self.path or self.version or ""


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """A client as asked for: the adapter's name in CLIENTS, extras and version of its distribution, added packages, its
    Python (None: whichever the command measures in), and its source in place of a version (None: a release)."""

    adapter: str
    extras: tuple[str, ...] = ()
    version: str | None = None
    added: tuple[Part, ...] = ()
    python: PythonAsked | None = None
    source: SourceAsked | None = None

    @classmethod
    def parse(cls, text: str, known: Mapping[str, type[Adapter]]) -> "ClientSpec":
        """The spec from its text; ``known`` is CLIENTS.

        Raises:
            SpecError: not of that form, or not one of the known clients.
        """
        text, python = _without_python(text.strip())
        client, *others = _parts(text, text)
        if client.name not in known:
            raise SpecError(f"no client {client.name!r}{_closest(client.name, known)}")
        added = tuple(sorted(others, key=lambda part: part.name))
        names = [part.name for part in added]
        for name in names:
            if names.count(name) > 1:
                raise SpecError(f"{text!r} adds {name} twice")
        kind = known[client.name]
        if not kind.package and (client.extras or client.version or client.source):
            raise SpecError(f"{client.name} is part of clientprof and has no versions; write {client.name}")
        if normal_name(kind.package) in names:
            raise SpecError(f"{text!r} adds {kind.package} to itself; write {client.name}==VERSION")
        return cls(client.name, client.extras, client.version, added, python, client.source)

    @property
    def label(self) -> str:
        """The canonical text, the client's name in every result; ``parse`` reads it back, unless there is a source: where
        that lies is nobody's business."""
        client = Part(self.adapter, self.extras, self.version, self.source)
        packages = "+".join(part.text for part in (client, *self.added))
        return packages + ("" if self.python is None else self.python.text)

    @property
    def plain(self) -> bool:
        """Whether nothing but the client's name was asked for."""
        return self == ClientSpec(self.adapter)

    @property
    def from_source(self) -> bool:
        """Whether anything of it is no release."""
        return self.source is not None or any(part.source is not None for part in self.added)


def _without_python(text: str) -> tuple[str, PythonAsked | None]:
    """The text without the Python at its end, and that Python."""
    match = _PYTHON.fullmatch(text)
    if match is None:
        return text, None
    if match["version"] is None and not match["path"].strip():
        raise SpecError(f"{text!r} names no Python after @py:; write {match['client'] or 'httpx'}@py:PATH")
    return match["client"], PythonAsked(match["version"], match["path"])


def _parts(text: str, whole: str) -> list[Part]:
    """The packages of a text, each by the first way of reading it in which the rest can be read too."""
    match = _WITH_SOURCE.match(text)
    if match is None or _is_python(text[match.end() :].partition("+")[0]):
        first, plus, others = text.partition("+")
        return [_part(first, whole), *(_parts(others, whole) if plus else ())]
    behind = text[match.end() :]
    problem: SpecError | None = None
    for end in ends_of(behind):
        source = read_source(behind[:end].strip())
        if source is None:
            problem = problem or SpecError(
                f"{whole!r}: write {match['name']}@{GIT}PATH@REV for a commit of a repository"
            )
            continue
        try:
            rest = _parts(behind[end + 1 :], whole) if end < len(behind) else []
        except SpecError as error:
            problem = problem or error
            continue
        return [_named(match, whole, None, source), *rest]
    raise problem or SpecError(_what_is_wrong(text.strip(), whole))


def _is_python(text: str) -> bool:
    """Whether a Python was meant, though not written as one; dots alone are a folder."""
    return _NO_PYTHON.fullmatch(f"@{text}") is not None and text.strip(".") != ""


def _part(text: str, whole: str) -> Part:
    match = _PART.fullmatch(text.strip())
    if match is None:
        raise SpecError(_what_is_wrong(text.strip(), whole))
    return _named(match, whole, match["version"])


def _named(match: "re.Match[str]", whole: str, version: str | None, source: SourceAsked | None = None) -> Part:
    extras = {normal_name(extra.strip()) for extra in (match["extras"] or "").split(",")}
    if match["extras"] is not None and not all(re.fullmatch(_NAME, extra) for extra in extras):
        raise SpecError(f"{whole!r}: {match['extras']!r} is no extra; write {match['name']}[EXTRA] or {match['name']}")
    return Part(normal_name(match["name"]), tuple(sorted(filter(None, extras))), version, source)


def _what_is_wrong(part: str, whole: str) -> str:
    if not part:
        return f"{whole!r} names nothing{' after +' if '+' in whole else ''}; write {FORM}"
    python = _NO_PYTHON.search(part)
    if python is not None:
        client = whole[: whole.rindex("@")] or "httpx"
        number = python["version"] or "3.14"
        return f"{whole!r}: write {client}@py{number} for another Python, or {client}@py:PATH"
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
