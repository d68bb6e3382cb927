"""Client objects of urllib3, however a program comes by them: built where it says, with the limit that bounds its calls."""

import textwrap
from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import ProgramResult
from clientprof.origin.process import OriginProcess
from measured import measured

# Six threads ask at once; ``get`` is how each asks.
PROGRAM = """
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import requests
import urllib3

URL = sys.argv[1]
HOST, PORT = urlsplit(URL).hostname, urlsplit(URL).port
{how}
with ThreadPoolExecutor(6) as pool:
    list(pool.map(lambda _: get(), range(48)))
"""
HOW = {
    "a manager that blocks": """
        manager = urllib3.PoolManager(maxsize=3, block=True)
        def get(): return manager.request("GET", URL).data
    """,
    "a manager that does not": """
        manager = urllib3.PoolManager(maxsize=3)
        def get(): return manager.request("GET", URL).data
    """,
    "a manager's pool": """
        manager = urllib3.PoolManager(maxsize=3, block=True)
        def get(): return manager.connection_from_url(URL).urlopen("GET", URL).data
    """,
    "a pool by itself": """
        one = urllib3.HTTPConnectionPool(HOST, PORT, maxsize=3, block=True)
        def get(): return one.request("GET", URL).data
    """,
    "the module's own": """
        def get(): return urllib3.request("GET", URL).data
    """,
    "a session that blocks": """
        session = requests.Session()
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=3, pool_block=True))
        session.mount("https://", session.get_adapter("http://"))
        def get(): return session.get(URL).content
    """,
    "a session of which one host's calls block": """
        session = requests.Session()
        session.mount(URL, requests.adapters.HTTPAdapter(pool_maxsize=6, pool_block=True))
        def get(): return session.get(URL).content
    """,
}
# Of each: the limit of all, and of one host.
LIMITS = {
    "a manager that blocks": (None, 3),
    "a manager that does not": (None, None),
    "a manager's pool": (None, 3),
    "a pool by itself": (3, None),
    "the module's own": (None, None),
    "a session that blocks": (None, 3),
    "a session of which one host's calls block": (None, None),
}


def result_of(folder: Path, origin: OriginProcess, how: str) -> ProgramResult:
    program = folder / "asks.py"
    program.write_text(PROGRAM.format(how=textwrap.dedent(HOW[how])))
    ended = measured(folder, str(program), f"{origin.ready.base_url}/delay/5/1k")
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    return program_result(ended.recording)


@pytest.mark.parametrize("how", HOW)
def test_the_object_by_which_calls_are_made_is_told_with_its_limit(
    tmp_path: Path, origin: OriginProcess, how: str
) -> None:
    result = result_of(tmp_path, origin, how)
    assert result.requests == 48
    # Whatever a library builds for itself, as it is imported or inside of another, is none of the program's.
    (row,) = result.settings
    assert (row.instances, Path(row.file).name) == (1, "asks.py")
    assert (row.settings.limit, row.settings.per_host) == LIMITS[how]
    # Of a session whose adapters differ it is not known.
    assert (row.settings.unlimited == ("limit",)) is (row.settings.limit is None and "one host's" not in how)
    assert 3 < row.most_in_flight <= 6
    (held,) = result.held
    limit = row.settings.bound
    assert (held.limit, held.one_host) == (limit, limit is not None and how != "a pool by itself")
    assert held.in_use <= (limit or 6)
