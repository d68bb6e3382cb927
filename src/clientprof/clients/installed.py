"""Which version of a package is there, where another one may have put its files in the same place.

Installing niquests beside requests overwrites urllib3's files by those of urllib3-future; the metadata goes on naming the
urllib3 that was there before.
"""

import base64
import hashlib
import importlib.metadata
import re
import sys
from collections.abc import Sequence

# The first package folder of a distribution, as its RECORD lists it. https://packaging.python.org/specifications/recording-installed-packages/
_RECORDED = re.compile(r"^([^/,\n]+/__init__\.py),sha256=([^,\n]+),", re.MULTILINE)


def installed_version(package: str, path: Sequence[str] | None = None) -> str | None:
    """The version of the package that is imported by its name, None where it is not installed in these folders.

    ``path`` None looks where this process does. Of files that belong to another distribution it is that one's version with
    its name behind: ``2.25.904@urllib3-future``.
    """
    folders = list(sys.path if path is None else path)
    found = next(iter(importlib.metadata.distributions(name=package, path=folders)), None)
    if found is None:
        return None
    recorded = _RECORDED.search(found.read_text("RECORD") or "")
    if recorded is None:
        return found.version
    place, digest = recorded.groups()
    try:
        with open(str(found.locate_file(place)), "rb") as file:
            there = base64.urlsafe_b64encode(hashlib.sha256(file.read()).digest()).decode().rstrip("=")
    except OSError:
        return found.version
    if there == digest:
        return found.version
    line = f"{place},sha256={there},"
    others = (
        each for each in importlib.metadata.distributions(path=folders) if line in (each.read_text("RECORD") or "")
    )
    owner = next(others, None)
    return found.version if owner is None else f"{owner.version}@{owner.metadata['Name']}"
