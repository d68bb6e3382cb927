"""Where the code of packages lies: below ``site-packages``; in any other folder that an installer has filled (``pip install
--target``, a layer of a cloud function), which holds their metadata beside them; or, of the packages that are
``libraries``, in the tree in which they are developed (an editable install, a checkout on the path)."""

import functools
import os
import sys
from collections.abc import Iterable

from clientprof.model.provenance.distributions import normal_name

_SITES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_STDLIB = os.path.dirname(os.__file__) + os.sep
_METADATA = ".dist-info"
_libraries: dict[str, None] = {}


def libraries(names: Iterable[str]) -> None:
    """Packages that are no program's own wherever they lie: clients, and what they stand on."""
    _libraries.update(dict.fromkeys(names))


def below_packages(path: str) -> str | None:
    """The file from its package's folder on, as in ``httpx/_client.py``; None where it is of no package."""
    for site in _SITES:
        _, found, below = path.rpartition(site)
        if found:
            return below
    if path.startswith((_STDLIB, "<")):
        return None
    folder = _folder_of(path)
    return None if folder is None else path[len(folder) :]


def _folder_of(path: str) -> str | None:
    """The folder on which the file's package stands, with its separator."""
    for name in _libraries:
        for folder in _folders(name):
            if path.startswith(folder + os.sep):
                return folder[: -len(name)]
    for entry in sys.path:
        folder = os.path.join(entry, "")
        if entry and path.startswith(folder):
            top = path[len(folder) :].split(os.sep, 1)[0].removesuffix(".py")
            if normal_name(top) in _installed_in(entry):
                return folder
    return None


def _folders(name: str) -> list[str]:
    """Those of a package that is imported. A module that loads itself when it is asked for something is not asked."""
    module = sys.modules.get(name)
    if module is None:
        return []
    try:
        found = object.__getattribute__(module, "__dict__").get("__path__", ())
        return [each for each in list(found) if os.path.basename(each) == name]
    except Exception:
        return []  # what stands in for the module has none


@functools.cache
def _installed_in(folder: str) -> frozenset[str]:
    """What an installer has put into the folder."""
    try:
        names = os.listdir(folder)
    except OSError:
        return frozenset()
    return frozenset(normal_name(name.split("-", 1)[0]) for name in names if name.endswith(_METADATA))
