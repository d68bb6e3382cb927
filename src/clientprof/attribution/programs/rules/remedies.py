"""Remedies, by client and by event loop; code is to be pasted."""

from collections.abc import Collection, Iterable

_CLOSE = {
    "httpx": 'async with client.stream("GET", url) as response:\n    ...  # closed on every way out',
    "aiohttp": "async with session.get(url) as response:\n    ...  # released on every way out",
    "requests": "with session.get(url, stream=True) as response:\n    ...  # closed on every way out",
    "curl-cffi": 'async with session.stream("GET", url) as response:\n    ...  # closed on every way out',
    "curl-cffi-sync": 'with session.stream("GET", url) as response:\n    ...  # closed on every way out',
    "urllib3": 'response = pool.request("GET", url, preload_content=False)\n'
    "try:\n    ...\nfinally:\n    response.release_conn()",
    "http.client": "with connection.getresponse() as response:\n    ...  # closed on every way out",
    "urllib.request": "with urllib.request.urlopen(url) as response:\n    ...  # closed on every way out",
}
_LIMIT = {
    "httpx": "limits = {module}.Limits(max_connections={wanted}, max_keepalive_connections={wanted})\n"
    "client = {module}.AsyncClient(limits=limits)",
    "aiohttp": "session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit={wanted}))",
    "requests": 'session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize={wanted}, pool_block=True))',
    "urllib3": "pool = urllib3.PoolManager(maxsize={wanted}, block=True)",
    "curl-cffi": "session = curl_cffi.requests.AsyncSession(max_clients={wanted})",
}
_LIMIT_OF_ONE_HOST = {
    "aiohttp": "session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit_per_host={wanted}))",
}
_ONE = {
    "httpx": "async with {module}.AsyncClient() as client:  # once, when the program starts\n    ...",
    "aiohttp": "async with aiohttp.ClientSession() as session:  # once, when the program starts\n    ...",
    "requests": "session = requests.Session()  # once, when the program starts",
    "urllib3": "pool = urllib3.PoolManager()  # once, when the program starts",
    "curl-cffi": "async with curl_cffi.requests.AsyncSession() as session:  # once, when the program starts\n    ...",
    "curl-cffi-sync": "session = curl_cffi.requests.Session()  # once, when the program starts",
    "httplib2": "http = httplib2.Http()  # once for each thread: threads must not share one",
}
_FAMILIES = {"httpx2": "httpx", "httpx-sync": "httpx", "httpx2-sync": "httpx", "niquests": "requests"}


def do_not_block(loops: Iterable[str]) -> str:
    """What to do about a call that blocks those loops, as ``LoopResult.loop`` names them."""
    package = "trio" if _all_trio(loops) else "asyncio"
    return f"Use the asynchronous form of the call ({package}.sleep, {package}.Lock, ...), or make it in a thread."


def in_thread(loops: Iterable[str], call: str = "the_call") -> str:
    """Code that makes it there."""
    return (
        f"await trio.to_thread.run_sync({call}, ...)" if _all_trio(loops) else f"await asyncio.to_thread({call}, ...)"
    )


def in_process(loops: Iterable[str]) -> str:
    """Code that does the work in another process."""
    if _all_trio(loops):
        return "await anyio.to_process.run_sync(the_work, ...)"
    return "await loop.run_in_executor(process_pool, the_work, ...)"


def give_way(loops: Iterable[str]) -> str:
    """Code that lets the other tasks run."""
    return "await trio.lowlevel.checkpoint()" if _all_trio(loops) else "await asyncio.sleep(0)"


def _all_trio(loops: Iterable[str]) -> bool:
    return set(loops) == {"trio"}


def close_response(client: str) -> str:
    """Code that closes a response on every way out; empty for an unknown client."""
    return _of(_CLOSE, client)


def lift_limit(client: str, wanted: int, *, one_host: bool) -> str:
    """Code that allows so many connections, or so many to one host; empty for an unknown client."""
    return _of(_LIMIT | _LIMIT_OF_ONE_HOST if one_host else _LIMIT, client).replace("{wanted}", str(wanted))


def one_client(client: str) -> str:
    """Code that builds one client for all; empty for an unknown client."""
    return _of(_ONE, client)


def _of(table: dict[str, str], client: str) -> str:
    code = table.get(_FAMILIES.get(client, client), "")
    code = code.replace("{module}", client.partition("-")[0])
    return code.replace("AsyncClient", "Client").replace("async with", "with") if client.endswith("-sync") else code


def always_under_way(loops: Collection[str], many: int) -> str:
    """Code that keeps so many requests under way; in threads where there is no loop."""
    if not loops:
        return (
            f"with ThreadPoolExecutor({many}) as threads:  # one pool for all of them\n"
            "    answers = list(threads.map(asks, urls))"
        )
    if _all_trio(loops):
        return (
            f"limit, answers = trio.CapacityLimiter({many}), {{}}\n"
            "async def asks_in_turn(url):\n    async with limit:\n        answers[url] = await asks(url)\n\n"
            "async with trio.open_nursery() as nursery:\n    for url in urls:\n"
            "        nursery.start_soon(asks_in_turn, url)"
        )
    return (
        f"limit = asyncio.Semaphore({many})\n"
        "async def asks_in_turn(url):\n    async with limit:\n        return await asks(url)\n\n"
        "answers = await asyncio.gather(*(asks_in_turn(url) for url in urls))"
    )


_JOINED = """\
async def joined(pieces, least=65_536):
    buffer = bytearray()
    async for piece in pieces:
        buffer += piece
        if len(buffer) >= least:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)"""


def join_pieces(client: str) -> str:
    """Code that gives the client of that name the body of a request in larger pieces."""
    return f"{_JOINED}\n\n... {'content' if client.startswith('httpx') else 'data'}=joined(pieces) ..."
