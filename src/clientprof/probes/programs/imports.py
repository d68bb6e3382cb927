"""Hearing of imports: what is to be done once a module of the program has been imported, and not before.

A finder in front of ``sys.meta_path`` lets the finders after it find a watched module and puts a stand-in for its
loader into the spec until the module has been executed. What the module and its spec show afterwards is what they would
show without.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from clientprof.probes.observation_points import modules_of

Heard = Callable[[], object]


class ImportWatch:
    """``when(module, heard)`` calls back after the module's import, or at once if it is imported already."""

    def __init__(self, on_failure: Callable[[str, Exception], None]) -> None:
        self._watched: dict[str, list[Heard]] = {}
        self._executed: set[str] = set()
        self._targets: set[str] = set()
        self._on_failure = on_failure

    def install(self) -> None:
        sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def when(self, module: str, heard: Heard) -> None:
        found = sys.modules.get(module)
        spec = getattr(found, "__spec__", None)
        if name_ready(module, found, spec, self._executed):
            self._call(module, heard)
        else:
            self._watched.setdefault(module, []).append(heard)

    def once(self, target: str, heard: Heard) -> None:
        """When the first of a target's modules is there, whoever asks how often; alternatives may be in modules of their
        own, and several clients may share a target."""
        if target in self._targets:
            return
        self._targets.add(target)
        done: list[bool] = []

        def first() -> None:
            if not done:
                done.append(True)
                heard()

        for module in modules_of(target):
            self.when(module, first)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in self._watched:
            return None
        finders = list(sys.meta_path)
        # Those before it were asked already, and one of them may be another watch, which asks this one.
        for finder in finders[finders.index(self) + 1 :] if self in finders else ():
            find = getattr(finder, "find_spec", None)
            if find is None:
                continue
            spec = find(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader, spec, self)
                return spec
        return None

    def imported(self, name: str) -> None:
        """The module has been executed."""
        self._executed.add(name)
        for heard in self._watched.pop(name, ()):
            self._call(name, heard)

    def _call(self, name: str, heard: Heard) -> None:
        try:
            heard()
        except Exception as error:
            self._on_failure(f"instruments of {name}", error)


def name_ready(name: str, module: object, spec: object, executed: set[str]) -> bool:
    """Whether the module is there and has been executed; of one that is just being told of, its spec does not say so
    yet."""
    return module is not None and (name in executed or not getattr(spec, "_initializing", False))


class _Loader:
    def __init__(self, loader: Any, spec: Any, watch: ImportWatch) -> None:
        self._loader = loader
        self._spec = spec
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: Any) -> Any:
        create = getattr(self._loader, "create_module", None)
        return None if create is None else create(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._spec.loader = self._loader
        module.__loader__ = self._loader
        try:
            self._loader.exec_module(module)
        except BaseException as error:
            if error.__traceback__ is not None:
                error.__traceback__ = error.__traceback__.tb_next
            raise
        self._watch.imported(module.__name__)
