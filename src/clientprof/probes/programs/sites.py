"""Call sites: which line of the program called a client, and through which packages.

While a coroutine runs, the frames of everything that awaits it stand above it, so one walk up the stack finds the
caller of a call that was awaited as well as of one that was not. The walk ends at the first frame that belongs to the
program itself, or where the event loop called a task. A task that consists of nothing but the client's call
(``gather(client.get(a), ...)``), or of a package's that makes one, has no frame of the program above it: the line that
made the task is remembered for those, which costs some 1.5 us for each task of a package. So is the line that handed a
client's call to a thread as it is.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from contextvars import Context
from functools import partial
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

from clientprof.probes.package_places import below_packages, libraries
from clientprof.probes.programs.names import Names

_SELF = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_STDLIB = (os.path.dirname(os.__file__) + os.sep,)
_MOST_FRAMES = 80
# Kinds of code. Servers and runners are hosts: they call the program, and are not what a call goes through.
APP, HOST, PACKAGE, STDLIB, CLIENT, OWN, TASK = range(7)
# The standard library's own clients. Their code is a client's wherever it stands: whoever waits in it waits for a request,
# and what is handed to a thread or a task may be one of their calls.
_STDLIB_CLIENTS = ("http/client.py", "urllib/request.py")
# Of what code is of these kinds, no task is a client's call, or a package's that makes one, and nothing else.
NO_CLIENTS = (APP, HOST, STDLIB)
# Where a thread calls what was handed to it: the file, and the variable of the frame or attribute of its object.
_HANDED_AS = {
    "concurrent/futures/thread.py": "fn",
    f"{os.path.dirname(os.__file__).replace(os.sep, '/')}/threading.py": "_target",
    "anyio/_backends/_asyncio.py": "func",
    "anyio/_backends/_trio.py": "func",
    "trio/_threads.py": "sync_fn",
}
# Where a site's row says whether it is the program's own line or a package's.
_ORIGIN = 4
# What is handed over may be wrapped in ``functools.partial`` a few times.
_MOST_PARTIALS = 4
# Tasks that never began, mostly, and functions that are handed over once.
_MOST_REMEMBERED = 10_000
# Where the event loop calls a task or a callback: what stands above is the loop's, not the caller's.
_TASK_PLACES = (
    "asyncio/events.py",
    "asyncio/runners.py",
    "probes/on_asyncio/stamped_loop.py",
    "probes/on_uvloop/uvloop_steps.py",
    "probes/watching/live_loops.py",
    "trio/_core/_run.py",
    *_HANDED_AS,
)
_TASK_NAMES = (
    "_run", "run", "_run_unnumbered", "run_timer", "_worker", "unrolled_run", "run_forever", "worker_fn", "wrapper",
)  # fmt: skip
# What asyncio makes of an awaitable that is no coroutine, such as aiohttp's calls, to make a task of it; and what hands a
# call to a thread, which may be a task of its own too.
_CARRIERS = {"_wrap_awaitable": "asyncio/tasks.py", "to_thread": "asyncio/threads.py"}
_HOSTS = frozenset(
    ("uvicorn", "gunicorn", "hypercorn", "granian", "starlette", "fastapi", "anyio", "asgiref", "flask", "werkzeug",
    "django",
     "uvloop", "trio", "pytest", "_pytest", "pluggy", "pytest_asyncio", "aiohttp", "celery", "click", "typer",
     "nest_asyncio")
)  # fmt: skip


def own_file(path: str) -> bool:
    """Whether the file is clientprof's."""
    return path.startswith(_SELF)


def package_of(path: str) -> str | None:
    """The top folder or module of an installed package, None for a file that is of none."""
    below = below_packages(path)
    return None if below is None else below.split(os.sep, 1)[0].removesuffix(".py")


class Sites:
    """``of(frame)`` is the number of the call site above the frame. ``clients`` are the top packages of known
    clients."""

    def __init__(self, names: Names, clients: Iterable[str]) -> None:
        self._names = names
        self._clients = frozenset(clients)
        libraries(self._clients)
        # By the identity of code objects, which are kept alive: their hash is that of all they contain.
        self._kinds: dict[int, int] = {}
        self._codes: list[CodeType] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._made: dict[Any, int] = {}
        self._handed: dict[int, int] = {}
        self._rows: dict[int, tuple[Any, ...]] = {}
        # Tasks that are nothing but a package's call.
        self._of_packages: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._joined: dict[tuple[int, int], int] = {}
        self._main: str | None = None

    def forget(self) -> None:
        """This is another process: nothing is numbered yet."""
        self._known.clear()
        self._made.clear()
        self._handed.clear()
        self._rows.clear()
        self._of_packages.clear()
        self._joined.clear()

    def own_package(self, name: str) -> None:
        """The program itself is an installed package: its code is the program's although it lies in
        ``site-packages``."""
        self._main = name

    def kind(self, code: CodeType) -> int:
        """Whose code it is."""
        kind = self._kinds.get(id(code))
        if kind is None:
            kind = self._kinds[id(code)] = self._kind_of(code)
            self._codes.append(code)
        return kind

    def own_frames(self, frame: FrameType | None, most: int = sys.maxsize) -> Iterator[FrameType]:
        """The frames of functions of the program, the innermost first, among this one and those that called it: ``most``
        frames are looked at."""
        for _ in range(most):
            if frame is None:
                return
            if self.kind(frame.f_code) == APP:
                yield frame
            frame = frame.f_back

    def _kind_of(self, code: CodeType) -> int:
        path = code.co_filename
        if code.co_name in _TASK_NAMES and path.replace(os.sep, "/").endswith(_TASK_PLACES):
            return TASK
        carrier = _CARRIERS.get(code.co_name)
        if path.startswith(_SELF) or (carrier is not None and path.replace(os.sep, "/").endswith(carrier)):
            return OWN
        package = package_of(path)
        if package is not None:
            if package == self._main:
                return APP
            return CLIENT if package in self._clients else HOST if package in _HOSTS else PACKAGE
        file, origin = place_of(path)
        if origin == "stdlib":
            return CLIENT if file in _STDLIB_CLIENTS else STDLIB
        return APP

    def of(self, frame: FrameType | None) -> int:
        """The call site above the frame, -1 where nothing but the standard library and clients stands there."""
        key: list[Any] = []
        innermost, called_by = frame, None
        kinds = self._kinds
        while frame is not None and len(key) < _MOST_FRAMES:
            code = frame.f_code
            kind = kinds.get(id(code))
            if kind is None:
                kind = self.kind(code)
            if kind == TASK:
                called_by, frame = frame, None
                break
            key.append(id(code))
            if kind == APP:
                key.append(frame.f_lasti)
                break
            frame = frame.f_back
        place = tuple(key)
        found = self._known.get(place)
        if found is None:
            found = self._known[place] = self._add(innermost, frame)
        return self._made_by(called_by, found) if self._elsewhere(found) else found

    def _add(self, frame: FrameType | None, site: FrameType | None) -> int:
        """``site`` is the program's own frame, or None or another's where the walk ended without one."""
        through: list[str] = []
        last: FrameType | None = None
        while frame is not None and frame is not site:
            kind = self.kind(frame.f_code)
            if kind == TASK:
                break
            if kind == PACKAGE:
                package = package_of(frame.f_code.co_filename) or ""
                last = frame
                if package not in through:
                    through.append(package)
            frame = frame.f_back
        origin = "app"
        if site is None or self.kind(site.f_code) != APP:
            # A package's own task: its outermost frame says most.
            site, origin = last, "package"
        if site is None:
            return -1
        code = site.f_code
        module = site.f_globals.get("__name__")
        row = (
            place_of(code.co_filename)[0], site.f_lineno or 0, code.co_qualname, module if isinstance(module, str) else
            "", origin, tuple(reversed(through)),
        )  # fmt: skip
        number = self._names.number("site", row)
        if number >= 0:
            self._rows[number] = row
        return number

    def _elsewhere(self, site: int) -> bool:
        """Whether it is no line of the program's own."""
        return site < 0 or self._rows[site][_ORIGIN] == "package"

    def _made_by(self, called_by: FrameType | None, found: int) -> int:
        """Who handed the call to a thread or made the task of it, where none of the program's code stands above it;
        ``found``, -1 or a package's own line, where that is not known either."""
        site = -1 if called_by is None or not self._handed else self._of_handed(called_by)
        if site < 0:
            site = self._of_task()
        if self._elsewhere(site):
            return found
        return site if found < 0 else self._through(site, found)

    def _through(self, site: int, found: int) -> int:
        """The program's line, with the packages through which the call goes from there."""
        number = self._joined.get((site, found))
        if number is None:
            *place, through = self._rows[site]
            row = (*place, (*through, *(each for each in self._rows[found][-1] if each not in through)))
            number = self._names.number("site", row)
            if number < 0:
                return site
            self._joined[site, found], self._rows[number] = number, row
        return number

    def place(self, site: int) -> tuple[str, int, str] | None:
        """File, line and function of a call site; None where nobody knows one."""
        row = self._rows.get(site)
        return None if row is None else (row[0], row[1], row[2])

    @property
    def kinds(self) -> dict[int, int]:
        """Of which kind code is, by its identity, as far as somebody asked."""
        return self._kinds

    def task_made(self, coroutine: Any, frame: FrameType | None) -> None:
        """A task is made of the coroutine, by the code of the frame."""
        code = getattr(coroutine, "cr_code", None) or getattr(coroutine, "gi_code", None)
        if code is None:
            # What aiohttp's calls give is an object of its own that can do what a coroutine can.
            if type(coroutine).__module__.partition(".")[0] not in self._clients:
                return
        elif self.kind(code) not in (CLIENT, OWN):
            if self.kind(code) == PACKAGE:
                # Which may make several calls; so it is known for as long as it is there.
                site = self.of(frame)
                with suppress(TypeError):  # as below
                    self._of_packages[coroutine] = site
            return
        if len(self._made) > _MOST_REMEMBERED:
            self._made.clear()
        self._made[id(coroutine)] = self.of(frame)

    def call_handed(self, function: Any, frame: FrameType | None) -> None:
        """The function is handed to a thread by the code of the frame."""
        called = function
        for _ in range(_MOST_PARTIALS):
            if type(called) is not partial:
                break
            in_context = type(getattr(called.func, "__self__", None)) is Context  # of ``asyncio.to_thread``
            called = called.args[0] if in_context and called.args else called.func
        code = getattr(getattr(called, "__func__", called), "__code__", None)
        if code is None or self.kind(code) not in (CLIENT, OWN):
            return
        if len(self._handed) > _MOST_REMEMBERED:
            self._handed.clear()
        # By the very object, which the thread is given as well.
        self._handed[id(function)] = self.of(frame)

    def _of_handed(self, frame: FrameType) -> int:
        path = frame.f_code.co_filename.replace(os.sep, "/")
        for file, name in _HANDED_AS.items():
            if path.endswith(file):
                here = frame.f_locals
                function = here[name] if name in here else getattr(here.get("self"), name, None)
                return self._handed.get(id(function), -1)
        return -1

    def _of_task(self) -> int:
        if not self._made and not self._of_packages:
            return -1
        coroutine = _running_coroutine()
        if coroutine is None:
            return -1
        made = self._made.pop(id(coroutine), -1)
        if made >= 0:
            return made
        try:
            return self._of_packages.get(coroutine, -1)
        except TypeError:  # of compiled code or of a client's own kind: nobody can refer to it weakly
            return -1


def _running_coroutine() -> Any:
    """The coroutine of the task that runs in this thread, None where none does."""
    # While another thread imports them, these modules are there and empty.
    asyncio: Any = sys.modules.get("asyncio")
    if getattr(asyncio, "current_task", None) is not None and asyncio._get_running_loop() is not None:
        current = asyncio.current_task()
        return None if current is None else current.get_coro()
    return _lowlevel().current_task().coro if _in_trio("in_trio_task", "current_task") else None


def in_trio_run() -> bool:
    """Whether this thread runs one of trio's loops."""
    return _in_trio("in_trio_run", "current_trio_token")


def _in_trio(question: str, answer: str) -> bool:
    """What trio says to the question; before 0.23 it has none, and gives the answer or raises."""
    ask = getattr(_lowlevel(), question, None)
    if ask is not None:
        return bool(ask())
    give = getattr(_lowlevel(), answer, None)
    if give is None:
        return False
    try:
        give()
    except RuntimeError:
        return False
    return True


def _lowlevel() -> Any:
    # While another thread imports trio, its module is there and empty.
    return getattr(sys.modules.get("trio"), "lowlevel", None)


def place_of(path: str) -> tuple[str, str]:
    """The file as the recording names it, and where it belongs: ``package``, ``stdlib``, ``app`` or ``profiler``.

    Files are named from their package's folder, from the standard library's, or from the folder that the program began
    in.
    """
    if path.startswith(_SELF):
        return f"clientprof/{path[len(_SELF) :]}".replace(os.sep, "/"), "profiler"
    if path.startswith("<"):
        return path, "app" if path in ("<stdin>", "<string>") else "stdlib"
    below = below_packages(path)
    if below is not None:
        return below.replace(os.sep, "/"), "package"
    for folder in _STDLIB:
        if path.startswith(folder):
            return path[len(folder) :].replace(os.sep, "/"), "stdlib"
    for folder in dict.fromkeys((_START_FOLDER, sys.path[0] if sys.path else "")):
        if folder and path.startswith(folder + os.sep):
            return path[len(folder) + 1 :].replace(os.sep, "/"), "app"
    return "/".join(path.split(os.sep)[-2:]).lstrip("/"), "app"


def _started_in() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


_START_FOLDER = _started_in()
