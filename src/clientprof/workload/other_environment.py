"""Starting a module of clientprof in another environment's interpreter, which sees nothing else of this environment.

A folder on PYTHONPATH would bring everything beside the package along, the whole of site-packages where clientprof is
installed there. So the package alone is loaded from its place, by path; code objects keep their file names.
"""

import os
from collections.abc import Mapping
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_START = """
import importlib.util, runpy, sys
folder, module = sys.argv[1:3]
spec = importlib.util.spec_from_file_location("clientprof", folder + "/__init__.py", submodule_search_locations=[folder])
package = sys.modules["clientprof"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
del sys.argv[1:3]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
# They would bring packages of this environment, or another standard library, into the other one.
_LEAKS = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV")


def command_in(python: str, module: str, *arguments: str) -> list[str]:
    """The command that runs ``module`` of this clientprof with another interpreter (3.11 or newer)."""
    return [python, "-P", "-s", "-c", _START, _PACKAGE.as_posix(), module, *arguments]


def variables_without_leaks() -> Mapping[str, str]:
    """This process's variables, without those that lead to this environment's packages."""
    return {name: value for name, value in os.environ.items() if name not in _LEAKS}
