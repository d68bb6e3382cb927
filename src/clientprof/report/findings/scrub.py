"""What must not leave the house: paths, hosts, header values, user and machine names, values of the environment.

Everything that is handed out goes through one ``Scrubber``; what it took out it counts by kind, never by value. Loopback
addresses stay, and links to the places where sources are published.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Hosts that say nothing of the user.
PUBLIC_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]", "github.com", "www.speedscope.app"})
# Names that are so common that they identify nobody, and would be found in any text.
_COMMON = frozenset(
    {
        "root",
        "user",
        "users",
        "admin",
        "runner",
        "ubuntu",
        "debian",
        "test",
        "python",
        "build",
        "home",
        "localhost",
        "docker",
    }
)
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH|COOKIE", re.I)
_URL = re.compile(
    r"\b(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<rest>[^\s\"'<>`\\|)\]]*(?:\[[0-9a-f:]+\][^\s\"'<>`\\|)\]]*)?)", re.I
)
_HEADER = re.compile(
    r"\b(?P<name>(?:proxy-)?authorization|(?:set-)?cookie|x-[a-z0-9-]*(?:key|token|auth|secret)[a-z0-9-]*|api[-_]key)"
    r"(?P<colon>['\"]?\s*[:=]\s*)(?P<value>[^\r\n]+)",
    re.I,
)
_CREDENTIAL = re.compile(r"\b(?:bearer|basic)\s+(?!REMOVED)[A-Za-z0-9._~+/=-]{6,}", re.I)
_WINDOWS = re.compile(r"\b[A-Za-z]:\\(?:[^\s\\\"'<>|]+\\?)+")
_HOME = re.compile(r"(?<![\w.])~[\w-]*/[^\s\"'<>`|,;)]*")
# From the root, at least two names deep; not after a word, a dot or a slash, where it is a relative path or a URL.
_PATH = re.compile(r"(?<![\w./:*~<-])/(?!/)[\w.@+~%-]+/[^\s\"'<>`|,;)*]*")
_STAND_IN = re.compile(r"HOST\d*")
_SYSTEM = re.compile(r"/(?:proc|sys|dev)/")


@dataclass(frozen=True, slots=True)
class Private:
    """What is known to be private on this machine: kind (as told to the user) and value."""

    kind: str
    value: str


@dataclass(slots=True)
class Scrubber:
    """Takes private text out. ``removed`` counts by kind what was taken out of all texts so far.

    ``templates`` are those of a server framework's routes: they look like paths of a machine, and stay.
    """

    private: tuple[Private, ...] = ()
    templates: frozenset[str] = frozenset()
    removed: Counter[str] = field(default_factory=Counter)

    def __call__(self, text: str) -> str:
        """The text with a word in capitals in place of everything private."""
        text = self.known(text)
        text = _URL.sub(self._url, text)
        text = _HEADER.sub(self._header, text)
        text = self._replace(_CREDENTIAL, "REMOVED", "credential", text)
        text = self._replace(_WINDOWS, "PATH", "path", text)
        text = self._replace(_HOME, "PATH", "path", text)
        return _PATH.sub(self._path, text)

    def known(self, text: str) -> str:
        """The text without the values that are known to be private; for text that is markup already."""
        for known in sorted(self.private, key=lambda known: -len(known.value)):
            pattern = re.compile(rf"(?<!\w){re.escape(known.value)}(?!\w)")
            text = self._replace(pattern, known.kind.split()[0].upper(), known.kind, text)
        return text

    def _replace(self, pattern: re.Pattern[str], by: str, kind: str, text: str) -> str:
        text, count = pattern.subn(by, text)
        if count:
            self.removed[kind] += count
        return text

    def _url(self, match: re.Match[str]) -> str:
        rest = re.split(r"[?#]", match["rest"], maxsplit=1)
        authority, slash, path = rest[0].partition("/")
        _, at, place = authority.rpartition("@")
        host = re.sub(r":\d+$", "", place)
        fragment = match["rest"][len(rest[0]) :]
        if host.lower() in PUBLIC_HOSTS:
            public = host.lower() in ("github.com", "www.speedscope.app")
            if at or (fragment and not (public and re.fullmatch(r"#L\d+(-L\d+)?", fragment))):
                self.removed["credential" if at else "query string"] += 1
                fragment = ""
            return f"{match['scheme']}://{place}{slash}{path}{fragment}"
        # A name that stands for a host that was taken out already.
        if _STAND_IN.fullmatch(host) and path in ("", "PATH") and not at and not fragment:
            return match[0]
        self.removed["host"] += 1
        for taken, kind in ((at, "credential"), (fragment, "query string"), (path, "path of a URL")):
            if taken:
                self.removed[kind] += 1
        return f"{match['scheme']}://HOST{slash}{'PATH' if path else ''}"

    def _header(self, match: re.Match[str]) -> str:
        if match["value"].startswith("REMOVED"):
            return match[0]
        self.removed["header value"] += 1
        return f"{match['name']}{match['colon']}REMOVED"

    def _path(self, match: re.Match[str]) -> str:
        if _SYSTEM.match(match[0]) or match[0] in self.templates:
            return match[0]
        self.removed["path"] += 1
        return "PATH"


def private_values(
    environment: Mapping[str, str], user: str, machine: str, home: str, urls: Iterable[str] = ()
) -> tuple[Private, ...]:
    """What is private here. ``urls`` are those that the load went to: their hosts are private wherever they stand alone."""
    found = [
        Private("user name", user) if _telling(user) else None,
        Private("machine name", machine) if _telling(machine) else None,
        Private("path", home) if home.count("/") + home.count("\\") > 1 else None,
    ]
    for name, value in environment.items():
        secret = _SECRET_NAME.search(name) is not None
        # One word in small letters is the name of something (a package, say), unless its variable says that it is secret.
        if len(value) < (4 if secret else 8) or (not secret and re.fullmatch(r"[a-z]+", value)):
            continue
        if not re.fullmatch(r"[\d.:]+|[\w-]+\.UTF-8|https?://github\.com\S*", value):
            found.append(Private("value of the environment", value))
    for url in urls:
        match = re.match(r"[a-z]+://(?:[^/@]*@)?(\[[^\]]+\]|[^/:?#]+)", url, re.I)
        if match is not None and match[1].lower() not in PUBLIC_HOSTS:
            found.append(Private("host", match[1]))
    return tuple(dict.fromkeys(known for known in found if known is not None))


def _telling(name: str) -> bool:
    return len(name) >= 4 and name.lower() not in _COMMON
