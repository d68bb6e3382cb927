"""Suspects as ``--try`` names them, and how each is taken away inside a program that somebody else wrote.

Nothing is installed into the program's environment. A change is made in its process, when the client has been imported; a
package that it lacks comes from a folder at the end of its path.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clientprof.experiments.suspects import SUSPECTS
from clientprof.experiments.suspects.suspect import Patched, Suspect
from clientprof.model.experiments.suspicions import Suspicion
from clientprof.workload.programs.trying.orders import Order

# What people call them, where the catalogue says it longer.
_SHORT = {"sniffio": "sniffio-missing", "uvloop": "asyncio-loop", "limit": "more-connections"}
_NOT_HERE = {
    "newer-python": "a program keeps its interpreter, where its packages are: start it with another one by --python",
    "more-connections": "write limit=NUMBER, for example limit=512",
    "fewer-connections": "write limit=NUMBER, for example limit=100",
}
_MOST_CONNECTIONS = 100_000
# A client's package, and the one that holds its connections.
_ROOTS = {"httpx": "httpcore", "httpx2": "httpcore2", "aiohttp": "aiohttp", "requests": "requests"}
_LIMITED = ("httpx", "httpx2", "aiohttp")


class AskedError(ValueError):
    """The message is one line and says what is possible."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A suspect to try. ``name`` is as the user wrote it, ``clients`` those whose calls it can change (empty: all).

    ``packages`` are put on the program's path; ``limit`` is that of ``limit=NUMBER``.
    """

    name: str
    suspect: Suspect
    orders: tuple[Order, ...]
    clients: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    limit: int | None = None

    @property
    def id(self) -> str:
        """The suspect's row in the catalogue."""
        return self.suspect.id

    @property
    def suspicion(self) -> Suspicion:
        """As it is recorded. What raised it is that the user asked."""
        found = self.suspect
        code = found.code_with({"limit": self.limit, "keepalive": self.limit})
        return Suspicion(
            self.name, found.kind, found.layer, found.hypothesis, "", None, gives_up=found.gives_up,
            mistaken=found.mistaken, remedy=found.remedy, code=code, pointer=found.pointer, threads=found.threads,
        )  # fmt: skip


def parse_asked(texts: Sequence[str]) -> tuple[Asked, ...]:
    """``sniffio,http2``, ``limit=512``: each once, in the order in which they are written.

    Raises:
        AskedError: one is unknown, or cannot be taken away inside a program.
    """
    words = [word.strip() for text in texts for word in text.split(",")]
    found = {word: _asked(word) for word in dict.fromkeys(words) if word}
    if not found:
        raise AskedError(f"name what to try: {', '.join(names())}")
    return tuple(found.values())


def names() -> tuple[str, ...]:
    """What can be written."""
    shorts = [f"{name}=NUMBER" if name == "limit" else name for name in _SHORT]
    named = {*_SHORT.values(), *_SPECIAL}
    patched = [each.id for each in SUSPECTS.values() if isinstance(each.intervention, Patched) and each.id not in named]
    return (*shorts, "http2", "aiohttp-transport", *patched)


def _asked(word: str) -> Asked:
    name, equals, value = word.partition("=")
    if name != "limit" and equals:
        raise AskedError(f"{word!r}: only limit takes a number")
    if name in _NOT_HERE:
        raise AskedError(f"{name}: {_NOT_HERE[name]}")
    suspect = SUSPECTS.get(_SHORT.get(name, name))
    if suspect is None:
        raise AskedError(f"no suspect {word!r}{_closest(name)}")
    if name == "limit":
        return _limit(word, suspect, value)
    special = _SPECIAL.get(suspect.id)
    if special is not None:
        return special(word, suspect)
    if not isinstance(suspect.intervention, Patched):
        raise AskedError(
            f"{name} cannot be tried inside a program: it changes the load or the way that a client is started; "
            f"`clientprof explain --suspect {suspect.id}` tries it on the client alone"
        )
    return _patched(word, suspect, suspect.intervention)


def _closest(name: str) -> str:
    known = [each.removesuffix("=NUMBER") for each in names()]
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(names())}"


def _patched(word: str, suspect: Suspect, patched: Patched) -> Asked:
    if suspect.id == "truststore-handshake":
        return Asked(word, suspect, (Order(word, "truststore", patched.change("truststore")),))
    clients = tuple(client for client in _ROOTS if client in suspect.adapters)
    if not clients:
        return Asked(word, suspect, (Order(word, "", patched.change("")),))
    return Asked(word, suspect, _orders(word, patched, clients), clients)


def _orders(word: str, patched: Patched, clients: Sequence[str], more: str = "") -> tuple[Order, ...]:
    return tuple(Order(word, client, patched.change(f"{_ROOTS[client]}{more}")) for client in clients)


def _limit(word: str, suspect: Suspect, value: str) -> Asked:
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= _MOST_CONNECTIONS):
        raise AskedError(f"{word!r}: write limit=NUMBER, from 1 to {_MOST_CONNECTIONS}, for example limit=512")
    orders = _orders(word, Patched("connection_limit"), _LIMITED, f":{int(value)}")
    return Asked(word, suspect, orders, _with_threads(_LIMITED), limit=int(value))


def _sniffio(word: str, suspect: Suspect) -> Asked:
    return Asked(word, suspect, (), ("httpx",), ("sniffio",))


def _http2(word: str, suspect: Suspect) -> Asked:
    clients = ("httpx", "httpx2")
    return Asked(word, suspect, _orders(word, Patched("http2"), clients), _with_threads(clients), ("h2",))


def _transport(word: str, suspect: Suspect) -> Asked:
    return Asked(
        word, suspect, _orders(word, Patched("httpx_over_aiohttp"), ("httpx",)), ("httpx",), ("httpx-aiohttp",)
    )  # fmt: skip


def _uvloop(word: str, suspect: Suspect) -> Asked:
    return Asked(word, suspect, (Order(word, "asyncio", Patched("uvloop_loop").change("")),), (), ("uvloop",))


def _with_threads(clients: Sequence[str]) -> tuple[str, ...]:
    return (*clients, *(f"{client}-sync" for client in clients if client.startswith("httpx")))


_SPECIAL: dict[str, Callable[[str, Suspect], Asked]] = {
    "sniffio-missing": _sniffio,
    "http2": _http2,
    "aiohttp-transport": _transport,
    "asyncio-loop": _uvloop,
}
