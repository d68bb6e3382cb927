"""Where environments are kept: the platform's folder for caches."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def environments_folder(
    variables: Mapping[str, str] | None = None, platform: str = sys.platform, home: Path | None = None
) -> Path:
    """The folder of all environments; it need not exist.

    ``XDG_CACHE_HOME`` decides where it is set to an absolute path (https://specifications.freedesktop.org/basedir-spec),
    on every platform.
    """
    found = os.environ if variables is None else variables
    return _caches(found, platform, home or Path.home()) / "clientprof" / "envs"


def sources_folder() -> Path:
    """The folder of what was built from sources; it need not exist."""
    return environments_folder().with_name("sources")


def _caches(variables: Mapping[str, str], platform: str, home: Path) -> Path:
    asked = variables.get("XDG_CACHE_HOME", "")
    if asked and Path(asked).is_absolute():
        return Path(asked)
    if platform == "darwin":
        return home / "Library" / "Caches"
    if platform == "win32":
        local = variables.get("LOCALAPPDATA", "")
        return Path(local) if local else home / "AppData" / "Local"
    return home / ".cache"


def python_of(environment: Path, platform: str = sys.platform) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if platform == "win32" else "bin/python")
