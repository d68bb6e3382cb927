"""The tutorial's service, measured, changed and measured again by the blocks of its page; loads are smaller, ports free."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from test_readme_commands import PAGES, ROOT

pytestmark = pytest.mark.slow

PAGE = PAGES[ROOT / "docs" / "tutorial.md"]
# Left out: what installs, enters or cleans up the reader's own environment, and the measurement of the client alone.
LEFT_OUT = re.compile(
    r"python3 -m venv|\S*pip install|source |cd |deactivate|git |rm |clientprof (trace|finding)|client="
)


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


def test_the_service_is_measured_changed_and_compared(tmp_path: Path) -> None:
    ports = {
        "9000": free_port(),
        "9001": free_port(),
        "REQUESTS, IN_FLIGHT = 4000, 64": "REQUESTS, IN_FLIGHT = 400, 16",
    }

    def here(text: str) -> str:
        for given, instead in ports.items():
            text = text.replace(given, instead)
        return text

    for file in (ROOT / "docs" / "tutorial").glob("*.py"):
        (tmp_path / file.name).write_text(here(file.read_text()))
    blocks = "\n".join(re.findall(r"```bash\n(.+?)\n```", PAGE, re.DOTALL))
    lines = [here(line) for line in blocks.splitlines() if not LEFT_OUT.match(line)]
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "80",
    }
    shell = shutil.which("bash")
    assert shell is not None
    ran = subprocess.run(
        [shell, "-c", "\n".join(lines)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    assert ran.stdout.count("requests a second, p50") == lines.count("python load.py") == 5, ran
    assert "and after" in ran.stdout, ran
    for name in re.findall(r"^recording +(\S+)$", ran.stdout, re.MULTILINE):
        assert (tmp_path / name).is_file()
    assert "HttpxAiohttpClient()" in (tmp_path / "service.py").read_text()
    widest = max((line for line in ran.stdout.splitlines() if "reports/" not in line), key=len)
    assert len(widest) <= 80, widest
    assert "…" not in ran.stdout
