"""The process to attach to, looked at from outside before it is touched."""

import contextlib
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from clientprof.experiments.programs.attaching import refusals
from clientprof.experiments.programs.attaching.python_version import cpython_in
from clientprof.experiments.programs.attaching.refusals import AttachError

_LEAST = (3, 14)
_IN_PATH = re.compile(r"python(3\.\d+)")


@dataclass(frozen=True, slots=True)
class Target:
    """A process that runs a Python which can be attached to. ``version`` is None where nobody outside can tell. ``words``
    are those that it was started with, ``user`` and ``group`` whose rights it has."""

    pid: int
    version: tuple[int, int] | None
    words: tuple[str, ...]
    user: int
    group: int


def look_at(pid: int) -> Target:
    """The process.

    Raises:
        AttachError: it cannot be attached to.
    """
    _exists(pid)
    proc = Path(f"/proc/{pid}")
    if not (proc / "status").exists():
        return Target(pid, None, (), os.geteuid(), os.getegid())  # a system without /proc: sys.remote_exec will tell
    status = _status(proc, pid)
    _may(pid, status)
    words = tuple(_read(proc / "cmdline").decode(errors="replace").split("\0")[:-1])
    version = _python(pid, proc, status.get("Name", "?"))
    environment = dict(line.partition(b"=")[::2] for line in _read(proc / "environ").split(b"\0"))
    if b"CLIENTPROF_RUN" in environment:
        raise AttachError(refusals.STARTED_BY_RUN.format(pid=pid))
    _is_enabled(pid, words, environment)
    user, group = (int(status.get(name, "0 0").split()[1]) for name in ("Uid", "Gid"))
    return Target(pid, version, words, user, group)


def workers_of(pid: int) -> tuple[int, ...]:
    """The processes that it has started and that can be attached to; empty where the system does not tell."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, _read(path).split()):
            with contextlib.suppress(AttachError):
                if not any("resource_tracker" in word for word in look_at(child).words):
                    found.append(child)
    return tuple(sorted(found))


def _exists(pid: int) -> None:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        raise AttachError(refusals.NO_PROCESS.format(pid=pid)) from None
    except PermissionError:
        raise AttachError(refusals.OTHER_USER.format(pid=pid, user=_user(_owner(pid)))) from None


def _owner(pid: int) -> int:
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return -1


def _user(uid: int) -> str:
    try:
        import pwd

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return f"with the number {uid}" if uid >= 0 else "that is not you"


def _status(proc: Path, pid: int) -> dict[str, str]:
    try:
        text = (proc / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        raise AttachError(refusals.NO_PROCESS.format(pid=pid)) from None
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def _may(pid: int, status: dict[str, str]) -> None:
    if status.get("State", "").startswith(("Z", "X")):
        raise AttachError(refusals.ENDED.format(pid=pid))
    uids = {int(uid) for uid in status.get("Uid", "0").split()}
    if os.geteuid() not in (0, *uids) or (os.geteuid() and len(uids) > 1):
        raise AttachError(refusals.OTHER_USER.format(pid=pid, user=_user(max(uids))))
    tracer = int(status.get("TracerPid", "0"))
    if tracer:
        name = _read(Path(f"/proc/{tracer}/comm")).decode(errors="replace").strip() or "?"
        raise AttachError(refusals.TRACED.format(pid=pid, tracer=tracer, name=name))


def _python(pid: int, proc: Path, name: str) -> tuple[int, int]:
    """The version of the interpreter in the process."""
    try:
        paths = dict.fromkeys([str(proc / "exe"), *_loaded(proc)])
    except PermissionError:
        raise AttachError(refusals.NOT_ALLOWED.format(pid=pid, why=yama())) from None
    old = False
    for path in paths:
        try:
            found = cpython_in(Path(path))
        except (OSError, ValueError):
            continue
        if found is not None and found.version is not None and found.version >= _LEAST:
            return found.version
        if found is not None:
            old = True
            version = f"3.{found.version[1]}" if found.version is not None else _older(proc)
    if old:
        raise AttachError(refusals.OLD_PYTHON.format(pid=pid, version=version))
    raise AttachError(refusals.NO_PYTHON.format(pid=pid, name=name))


def _loaded(proc: Path) -> list[str]:
    """Shared libraries that may be an interpreter, as this process can read them."""
    lines = (proc / "maps").read_text(encoding="utf-8", errors="replace").splitlines()
    found = dict.fromkeys(line.split(None, 5)[5] for line in lines if "libpython" in line)
    return [f"{proc}/root{path}" for path in found]


def _older(proc: Path) -> str:
    """What its files say where the interpreter does not."""
    found = _IN_PATH.search((proc / "maps").read_text(encoding="utf-8", errors="replace"))
    return found[1] if found is not None else "3.12 or older"


def _is_enabled(pid: int, words: tuple[str, ...], environment: dict[bytes, bytes]) -> None:
    isolated = any(re.fullmatch(r"-[a-zA-Z]*[IE][a-zA-Z]*", word) for word in words[1:4])
    if any(word in ("disable-remote-debug", "-Xdisable-remote-debug") for word in words[:20]):
        raise AttachError(refusals.DISABLED.format(pid=pid, by="-X disable-remote-debug"))
    if environment.get(b"PYTHON_DISABLE_REMOTE_DEBUG") and not isolated:
        raise AttachError(refusals.DISABLED.format(pid=pid, by="PYTHON_DISABLE_REMOTE_DEBUG"))


def sees(pid: int, path: Path) -> bool:
    """Whether the process finds the same file under the same name; True where that cannot be known."""
    if not sys.platform.startswith("linux"):
        return True
    try:
        return os.path.samefile(f"/proc/{pid}/root{path}", path)
    except PermissionError:
        return True  # told apart later
    except OSError:
        return False


def inner_number(pid: int) -> str:
    """Its number where it lives, for the reader of a message."""
    numbers = _status(Path(f"/proc/{pid}"), pid).get("NSpid", "").split()
    return numbers[-1] if len(numbers) > 1 else "PID"


def yama() -> str:
    """What Linux's Yama says of it, as a remark; empty where it does not forbid it."""
    scope = _read(Path("/proc/sys/kernel/yama/ptrace_scope")).strip()
    return f" (kernel.yama.ptrace_scope is {scope.decode()})" if scope not in (b"", b"0") else ""


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
