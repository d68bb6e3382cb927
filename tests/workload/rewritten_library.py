"""Another version of a library, made of the installed one by changing words of its source as it is imported."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

Changes = Mapping[str, Sequence[tuple[str, str]]]

_LOADER = """
import importlib.machinery
import sys

CHANGES = {changes!r}


class Changed(importlib.machinery.SourceFileLoader):
    def get_code(self, name):
        source = self.get_source(name)
        for old, new in CHANGES[name]:
            if old not in source:
                raise ImportError(f"{{name}} has no {{old!r}}")
            source = source.replace(old, new)
        return compile(source, self.path, "exec")


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in CHANGES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        spec.loader = Changed(name, spec.origin)
        return spec


assert not CHANGES.keys() & sys.modules.keys(), "imported before it could be changed"
sys.meta_path.insert(0, Finder)
"""


def changed(folder: Path, changes: Changes) -> dict[str, str]:
    """The environment in which an interpreter imports the changed modules: ``{module: [(old, new)]}``."""
    (folder / "sitecustomize.py").write_text(_LOADER.format(changes=dict(changes)))
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))}
