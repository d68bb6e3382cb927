"""What instruments need is there before the program begins: an import while requests run would hold their event loop."""

import json
from pathlib import Path

from clientprof.origin.process import OriginProcess
from measured import measured

_PROGRAM = """
import asyncio, builtins, json, sys
import aiohttp

late, real = [], builtins.__import__

def noted(name, names=None, *rest):
    here = name in sys.modules
    found = real(name, names, *rest)
    importer = str((names or {}).get("__name__"))
    if not here and importer.startswith("clientprof"):
        late.append(f"{name} by {importer}")
    return found

async def main():
    async with aiohttp.ClientSession() as session:
        for _ in range(20):
            async with session.get(sys.argv[1]) as response:
                await response.read()

builtins.__import__ = noted
asyncio.run(main())
print(json.dumps(late))
"""


def test_nothing_is_imported_while_requests_run(tmp_path: Path, origin: OriginProcess) -> None:
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM)
    ended = measured(tmp_path, str(program), f"{origin.ready.base_url}/1k")
    assert ended.code == 0, ended.errors
    assert ended.requests == 20
    assert json.loads(ended.output) == []
