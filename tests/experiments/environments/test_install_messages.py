"""What pip and uv really printed, as the one line that a user gets. Outputs of pip 23.2 and uv 0.13."""

import pytest

from clientprof.clients import CLIENTS
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.install_messages import explain, nearest
from clientprof.experiments.environments.interpreters import Interpreter
from clientprof.experiments.environments.recipe import recipe_of

PYTHON = Interpreter("/usr/bin/python3", "CPython", "3.11.7", False, "x86_64")
KNOWN = ("0.26.0", "0.27.0", "0.27.2", "0.28.0", "0.28.1", "1.0.dev1")

PIP_NO_VERSION = """
ERROR: Could not find a version that satisfies the requirement httpx==0.27.9 (from versions: 0.26.0, 0.27.0, 0.27.2, 0.28.0)
ERROR: No matching distribution found for httpx==0.27.9"""
UV_NO_VERSION = """error: No solution found when resolving dependencies
  cause: Because there is no version of httpx==0.27.9 and you require httpx==0.27.9, we can conclude that your requirements
 are unsatisfiable."""
PIP_NO_PACKAGE = """
ERROR: Could not find a version that satisfies the requirement nosuch-zzqq (from versions: none)
ERROR: No matching distribution found for nosuch-zzqq"""
UV_NO_PACKAGE = """error: No solution found when resolving dependencies
  cause: Because nosuch-zzqq was not found in the package registry and you require nosuch-zzqq, we can conclude that"""
PIP_PYTHON = """
ERROR: Ignored the following versions that require a different python version: 1.21.2 Requires-Python >=3.7,<3.11; 2.5.0 Requires-Python >=3.12; 2.5.1 Requires-Python >=3.12
ERROR: Could not find a version that satisfies the requirement numpy==2.5.0 (from versions: 1.3.0, 2.4.6)
ERROR: No matching distribution found for numpy==2.5.0"""  # noqa: E501  one line, as pip prints it
UV_PYTHON = """error: No solution found when resolving dependencies
  cause: Because the current Python version (3.11.7) does not satisfy Python>=3.12 and numpy==2.5.0 depends on Python>=3.12, we can conclude that numpy==2.5.0 cannot be used."""  # noqa: E501
PIP_NO_NETWORK = """WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7fd657e62c10>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/httpx/
ERROR: Could not find a version that satisfies the requirement httpx==0.26.0 (from versions: none)"""  # noqa: E501
UV_NO_NETWORK = """error: Request failed after 3 retries in 10.7s
  cause: Failed to fetch: http://127.0.0.1:9/simple/httpx/
  cause: error sending request for url (http://127.0.0.1:9/simple/httpx/)
  cause: client error (Connect)"""
PIP_CONFLICT = """ERROR: Cannot install h11==0.9.0 and httpx==0.28.1 because these package versions have conflicting

The conflict is caused by:
    The user requested h11==0.9.0
    httpcore 1.0.9 depends on h11>=0.16

To fix this you could try to:
1. loosen the range of package versions you've specified

ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/topics/dependency-resolution/"""
UV_CONFLICT = """error: No solution found when resolving dependencies
  cause: Because httpcore>=1.0.9 depends on h11>=0.16 and you require h11==0.9.0, we can conclude that your requirements
         are unsatisfiable."""
PIP_NOT_BUILT = """  note: This error originates from a subprocess, and is likely not a problem with pip.
  ERROR: Failed building wheel for aiohttp
ERROR: Could not build wheels for aiohttp, which is required to install pyproject.toml-based projects"""


def said(output: str) -> str:
    spec = ClientSpec.parse("httpx==0.27.9+numpy==2.5.0", CLIENTS)
    recipe = recipe_of(spec, CLIENTS["httpx"], "0.27.9", PYTHON)
    line = explain(recipe, output, lambda package: KNOWN if package == "httpx" else (), by_hand="uv venv FOLDER")
    assert "\n" not in line
    return line


@pytest.mark.parametrize("output", [PIP_NO_VERSION, UV_NO_VERSION])
def test_a_version_that_does_not_exist_gets_the_nearest_ones(output: str) -> None:
    assert said(output) == (
        "there is no httpx 0.27.9 for Python 3.11.7; the nearest are 0.26.0, 0.27.0, 0.27.2, 0.28.0"
        + (", 0.28.1" if output is UV_NO_VERSION else "")
    )


@pytest.mark.parametrize("output", [PIP_NO_PACKAGE, UV_NO_PACKAGE])
def test_a_package_that_does_not_exist_is_named(output: str) -> None:
    assert said(output).endswith("the package index has no nosuch-zzqq for Python 3.11.7")


@pytest.mark.parametrize("output", [PIP_PYTHON, UV_PYTHON])
def test_a_version_for_another_python_says_which(output: str) -> None:
    assert "does not fit Python 3.11.7: numpy==2.5.0 needs Python >=3.12; name another interpreter" in said(output)


@pytest.mark.parametrize("output", [PIP_NO_NETWORK, UV_NO_NETWORK])
def test_without_a_network_environment_and_command_are_named(output: str) -> None:
    line = said(output)
    assert line.startswith("the environment of httpx==0.27.9+numpy==2.5.0 (httpx-0.27.9-numpy-2.5.0-py3.11-")
    assert line.endswith("by hand: uv venv FOLDER")


@pytest.mark.parametrize("output", [PIP_CONFLICT, UV_CONFLICT])
def test_a_conflict_is_told_in_the_resolvers_words(output: str) -> None:
    line = said(output)
    assert "cannot be installed: " in line
    assert "depends on h11>=0.16" in line
    assert "To fix" not in line


def test_a_failed_build_says_that_there_is_no_wheel() -> None:
    line = said(PIP_NOT_BUILT)
    assert "has no wheel for Python 3.11.7 among its packages" in line
    assert "Could not build wheels for aiohttp" in line


def test_anything_else_is_shown_by_its_last_error() -> None:
    assert said("trying\nERROR: disk full\nbye").endswith("cannot be installed: ERROR: disk full")
    assert said("").endswith("it printed nothing")


def test_the_nearest_versions_lie_on_both_sides_in_order_of_their_numbers() -> None:
    versions = [f"0.{n}" for n in range(1, 30)] + ["0.10rc1"]
    assert nearest("0.9.5", versions) == ("0.7", "0.8", "0.9", "0.10", "0.11", "0.12")
    assert nearest("9.0", versions) == ("0.27", "0.28", "0.29")
    assert nearest("0.1", ["1.0rc1"]) == ("1.0rc1",)
