"""niquests, which cannot live beside urllib3, is counted as the server counts: in an environment of its own."""

import json
import subprocess
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import asyncio, json, sys
sys.path.insert(0, sys.argv[1])
import clientprof, niquests, uvloop
from client_calls import AT_ONCE, in_threads, several
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess

found = []
for tls in (False, True):
    with OriginProcess(Options(tls=tls)) as origin:
        url, ca_file = f"{origin.ready.base_url}/1k", origin.ready.ca_file or False

        def in_a_session():
            with niquests.Session(pool_maxsize=AT_ONCE) as session:
                in_threads(lambda: session.get(url, verify=ca_file).content)

        async def main():
            async with niquests.AsyncSession() as session:
                await several(lambda: session.get(url, verify=ca_file))

        for job in (in_a_session, lambda: asyncio.run(main()), lambda: uvloop.run(main())):
            before = origin.journal()
            with clientprof.watching() as seen:
                job()
            told = origin.journal().since(before)
            found.append([
                [seen.requests, seen.connections_opened, seen.handshakes, seen.failures, list(seen.notes)],
                [told.requests, told.accepts, told.handshakes, 0, []],
            ])
print(json.dumps(found))
"""


@pytest.mark.slow
def test_niquests_is_counted_as_the_server_counts(tmp_path: Path) -> None:
    venv.create(tmp_path / "alone", with_pip=True)
    python = tmp_path / "alone" / "bin" / "python"
    install = [python, "-m", "pip", "install", "-q", "-e", str(ROOT), "niquests", "uvloop"]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    ran = subprocess.run(
        [python, "-c", SCRIPT, str(Path(__file__).parent)], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert len(found) == 6
    for seen, told in found:
        assert seen == told
        assert seen[0] == 9
