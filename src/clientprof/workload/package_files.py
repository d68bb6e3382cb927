"""Where the Python files of packages lie, asked from inside an environment: run as a module, it prints one JSON line."""

import importlib.metadata
import json
import sys
from collections.abc import Sequence


def package_files(packages: Sequence[str]) -> dict[str, str]:
    """The Python files of these distributions: the name in their folder of packages, and the path. What is not installed
    has none."""
    found: dict[str, str] = {}
    for package in packages:
        try:
            files = importlib.metadata.files(package) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found |= {
            file.as_posix(): str(file.locate()) for file in files if file.suffix == ".py" and ".." not in file.parts
        }
    return found


if __name__ == "__main__":
    print(json.dumps(package_files(sys.argv[1:])))
