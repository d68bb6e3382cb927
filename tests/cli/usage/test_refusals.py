"""What is refused is refused at once: before anything is imported that takes long, numpy above all."""

import subprocess
import sys

import pytest

_REFUSED = """
import sys
from clientprof.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
print(code, *sorted({"numpy", "rich", "httpx", "aiohttp"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "command",
    [
        "trace --lens nothing",
        "trace --client nothing",
        "trace -n 0",
        "trace --timeout -1",
        "trace --rtt -1",
        "scenario reuse --bandwidth 0",
        "compare httpx nothing",
        "compare httpx aiohttp --blocks -1",
        "compare httpx aiohttp --fail-if nothing",
        "explain --client nothing",
        "explain --client httpx --patch nothing",
        "sweep --client httpx -n 16",
        "bisect --client httpx --good x --bad y",
        "scenario nothing",
        "suspects --client httpx -n 0",
        "report missing.clientprof",
        "finding missing.clientprof",
        "export missing.clientprof --format har",
        "run missing.py",
        "count rnet",
        "count requests",
        "count httpx --loop uvloop",
    ],
)
def test_a_bad_option_is_refused_without_numpy_or_a_client_loaded(command: str) -> None:
    ran = subprocess.run([sys.executable, "-c", _REFUSED, *command.split()], capture_output=True, text=True, timeout=60)
    assert ran.stdout.split() in (["1"], ["2"]), ran.stdout + ran.stderr
    assert ran.stderr.startswith("clientprof")
