"""Other processes of the program: children are told to measure themselves, and no process ends or forks behind our
back.

The variables that start the instruments are in the C environment, which children inherit, and not in ``os.environ``,
which the program reads. Where a program gives a child an environment of its own, they are added to it.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter_ns
from typing import Any

from clientprof.probes.patches import Patches
from clientprof.probes.programs.lanes import Lane
from clientprof.probes.programs.quiet_wrappers import unseen

# Keeping what there is takes a worker that reports without end one part in so many of its time at most.
_OF_ITS_TIME = 20


class Processes:
    """``variables`` are what a child needs; ``ending`` is called before the process goes away without its exit
    functions. ``lanes`` are written where it may soon be ended from outside."""

    def __init__(
        self, variables: Mapping[str, str], boot: str, ending: Callable[[str], None], lanes: Sequence[Lane] = ()
    ) -> None:
        self._variables = dict(variables)
        self._boot = boot
        self._ending = ending
        self._lanes = lanes
        self._keep_due_ns = 0
        self.handing_down = True

    def environment(self, given: Mapping[Any, Any]) -> dict[Any, Any]:
        """The environment that a child is given, with what it needs to measure itself."""
        if not self.handing_down:
            return dict(given)
        plain = {os.fsdecode(name): value for name, value in given.items()}
        before = os.fsdecode(plain.get("PYTHONPATH") or "")
        plain["PYTHONPATH"] = os.pathsep.join(filter(None, (self._boot, before)))
        return {**plain, **self._variables}

    def _lines(self, lines: list[bytes]) -> list[bytes]:
        given = dict(line.split(b"=", 1) for line in lines if b"=" in line[1:])
        return [
            os.fsencode(name) + b"=" + os.fsencode(value)
            for name, value in self.environment({os.fsdecode(k): os.fsdecode(v) for k, v in given.items()}).items()
        ]

    def install(self, patches: Patches, when: Callable[[str, Callable[[], None]], None]) -> None:
        """What is there from the start, and what comes ``when(module, ...)`` is imported."""
        when("subprocess", lambda: self._on_subprocess(patches))
        if self._lanes:
            when("multiprocessing.connection", lambda: self._on_connection(patches))
        patches.set(os, "_exit", self._exiting(os._exit))
        patches.set(os, "execv", self._executing(os.execv, None))
        patches.set(os, "execve", self._executing(os.execve, 2))
        for name in ("posix_spawn", "posix_spawnp"):
            if hasattr(os, name):
                patches.set(os, name, self._executing(getattr(os, name), 2, ends=False))

    def _on_subprocess(self, patches: Patches) -> None:
        # What lies below it is called by others too: joblib's workers (loky) are started so, with an environment made of
        # ``os.environ``.
        for module, name in (
            (sys.modules["subprocess"], "_fork_exec"),
            (sys.modules.get("_posixsubprocess"), "fork_exec"),
        ):
            original = getattr(module, name, None)
            if original is not None:
                patches.set(module, name, self._forking(original))

    def _on_connection(self, patches: Patches) -> None:
        """Through connections all workers report."""
        connection: Any = getattr(sys.modules["multiprocessing.connection"], "_ConnectionBase", None)
        for name in ("send", "send_bytes"):
            original = getattr(connection, name, None)
            if original is not None:
                patches.set(connection, name, self._reporting(original))

    def _reporting(self, original: Any) -> Any:
        """A pool ends its workers by a signal as soon as it has all results: what led to one is kept before it is sent."""
        parent_process: Any = sys.modules["multiprocessing.process"].parent_process

        def report(*args: Any, **kwargs: Any) -> Any:
            if parent_process() is not None and (now_ns := perf_counter_ns()) >= self._keep_due_ns:
                for lane in self._lanes:
                    lane.flush(now_ns)
                ended_ns = perf_counter_ns()
                self._keep_due_ns = ended_ns + _OF_ITS_TIME * (ended_ns - now_ns)
            try:
                return original(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise

        report.__name__, report.__qualname__ = original.__name__, original.__qualname__
        return report

    def _forking(self, original: Any) -> Any:
        def fork_exec(
            args: Any, executables: Any, close_fds: Any, pass_fds: Any, cwd: Any, env: Any, *rest: Any
        ) -> Any:
            if env is not None:
                env = self._lines(env)
            try:
                return original(args, executables, close_fds, pass_fds, cwd, env, *rest)
            except BaseException as error:
                unseen(error)
                raise

        return fork_exec

    def _exiting(self, original: Any) -> Any:
        def _exit(status: int) -> Any:
            self._ending("_exit")
            return original(status)

        return _exit

    def _executing(self, original: Any, place: int | None, *, ends: bool = True) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if ends:
                self._ending("exec")
            if place is not None and len(args) > place and isinstance(args[place], Mapping):
                args = (*args[:place], self.environment(args[place]), *args[place + 1 :])
            try:
                return original(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise

        call.__name__ = call.__qualname__ = original.__name__
        return call


def hide(variables: Mapping[str, str], boot: str) -> None:
    """Take the variables out of ``os.environ`` alone: the C environment, which children inherit, keeps them."""
    data: Any = getattr(os.environ, "_data", None)
    if not isinstance(data, dict):
        return
    encode: Any = os.environ.encodekey
    for name in variables:
        data.pop(encode(name), None)
    path = os.environ.get("PYTHONPATH", "")
    parts = path.split(os.pathsep)
    if boot in parts:
        parts.remove(boot)
        if parts and any(parts):
            data[encode("PYTHONPATH")] = encode(os.pathsep.join(parts))
        else:
            data.pop(encode("PYTHONPATH"), None)
