"""Applies pairs of patches, each in a process of its own, and asks a client with few connections for many answers.

Arguments: client, root, folder of the patches, URL, then the patches' names. Prints the pairs that failed, one a line.
"""

import asyncio
import importlib
import importlib.util
import itertools
import os
import sys
import traceback
from typing import Any

client, root, folder, url, *names = sys.argv[1:]
library = importlib.import_module(client)


def apply(name: str) -> None:
    spec = importlib.util.spec_from_file_location(name, f"{folder}/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.apply(root)


async def ask() -> None:
    limits = library.Limits(max_connections=3, max_keepalive_connections=2)
    async with library.AsyncClient(limits=limits, trust_env=False, verify=False) as made:
        for _ in range(2):
            answers: list[Any] = await asyncio.gather(*(made.get(url) for _ in range(12)))
            assert [(answer.status_code, len(answer.content)) for answer in answers] == [(200, 1024)] * 12


for pair in itertools.permutations(names, 2):
    child = os.fork()
    if child == 0:
        try:
            for name in pair:
                apply(name)
            asyncio.run(ask())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(*pair, flush=True)
