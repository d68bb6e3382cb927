"""A call tree of some 300 nodes, shaped like an async client on an event loop: a public fake for the report's tests."""

import random
from collections.abc import Mapping, Sequence

from clientprof.model.layers import Layer
from clientprof.model.samples import CallNode, CodeLocation

Path = Sequence[tuple[str, str, int, Layer]]

_LOOP_FRAMES = (
    ("asyncio.runners", "Runner.run", 86, Layer.LOOP),
    ("asyncio.base_events", "BaseEventLoop.run_until_complete", 628, Layer.LOOP),
    ("asyncio.base_events", "BaseEventLoop._run_once", 1850, Layer.LOOP),
    ("asyncio.events", "Handle._run", 78, Layer.LOOP),
)

_HTTPX_PATH = (
    ("app", "fetch_one", 21, Layer.APP),
    ("httpx._client", "AsyncClient.get", 1739, Layer.API),
    ("httpx._client", "AsyncClient.send", 1602, Layer.API),
    ("httpx._client", "AsyncClient._send_single_request", 1718, Layer.API),
    ("httpx._transports.default", "AsyncHTTPTransport.handle_async_request", 372, Layer.API),
    ("httpcore._async.connection_pool", "AsyncConnectionPool.handle_async_request", 200, Layer.POOL),
)

_HTTPX_LEAVES: tuple[tuple[str, str, int, Layer], ...] = (
    ("httpcore._async.connection_pool", "AsyncConnectionPool._assign_requests_to_connections", 270, Layer.POOL),
    ("httpcore._async.http11", "AsyncHTTP11Connection.has_expired", 282, Layer.POOL),
    ("httpcore._synchronization", "current_async_library", 28, Layer.IMPORT),
    ("importlib._bootstrap_external", "PathFinder._get_spec", 1501, Layer.IMPORT),
    ("httpcore._synchronization", "AsyncLock.__aenter__", 76, Layer.CONCURRENCY),
    ("anyio._core._tasks", "fail_after", 101, Layer.CONCURRENCY),
    ("h11._connection", "Connection.next_event", 431, Layer.HTTP),
    ("httpcore._async.http11", "AsyncHTTP11Connection._send_event", 150, Layer.HTTP),
    ("httpx._urlparse", "urlparse", 213, Layer.API),
    ("httpx._models", "Headers.update", 301, Layer.API),
    ("anyio._backends._asyncio", "SocketStream.receive", 1264, Layer.IO),
    ("gc", "collect", 0, Layer.GC),
    ("app", "check_body", 44, Layer.APP),
    ("", "<unknown>", 0, Layer.OTHER),
)

_AIOHTTP_PATH = (
    ("app", "fetch_one", 21, Layer.APP),
    ("aiohttp.client", "ClientSession._request", 489, Layer.API),
)

_AIOHTTP_LEAVES: tuple[tuple[str, str, int, Layer], ...] = (
    ("aiohttp.client_proto", "ResponseHandler.data_received", 257, Layer.HTTP),
    ("aiohttp.client_reqrep", "ClientRequest.send", 1410, Layer.IO),
    ("aiohttp.connector", "BaseConnector.connect", 584, Layer.POOL),
    ("aiohttp.helpers", "TimerContext.__enter__", 641, Layer.CONCURRENCY),
    ("yarl._url", "URL.join", 1204, Layer.API),
    ("gc", "collect", 0, Layer.GC),
    ("app", "check_body", 44, Layer.APP),
    ("", "<unknown>", 0, Layer.OTHER),
)

_STDLIB = (
    "append",
    "isinstance",
    "getattr",
    "deque.popleft",
    "re.match",
    "contextvars.get",
    "time.monotonic",
    "encode",
)


def httpx_tree(layers_us: Mapping[Layer, float], nodes: int = 300) -> CallNode:
    """A tree whose weight by owner layer is exactly the mapping, microseconds per request."""
    return _tree(_HTTPX_PATH, _HTTPX_LEAVES, layers_us, nodes)


def aiohttp_tree(layers_us: Mapping[Layer, float], nodes: int = 120) -> CallNode:
    """The same for a client with a short path."""
    return _tree(_AIOHTTP_PATH, _AIOHTTP_LEAVES, layers_us, nodes)


def running_us(root: CallNode) -> float:
    """What ran for a request: all below the application's function."""
    return sum(node.running_us for node in _walk(root))


def _tree(path: Path, leaves: Path, layers_us: Mapping[Layer, float], nodes: int) -> CallNode:
    chance = random.Random(20)
    root = _node("", "loop thread", 0, Layer.LOOP)
    tip = root
    for frame in (*_LOOP_FRAMES, *path):
        child = _node(*frame)
        tip.children.append(child)
        tip = child
    spine = _along(root)
    spine[3].self_us = layers_us.get(Layer.LOOP, 0.0)
    tops: list[CallNode] = []
    for position, frame in enumerate(leaves):
        layer = frame[3]
        sharing = sum(1 for other in leaves if other[3] is layer)
        node = _node(*frame)
        node.self_us = layers_us.get(layer, 0.0) / sharing
        # The pool's own leaves hang below the pool; the others leave the spine at some caller of it.
        spine[-1 - position % 3].children.append(node)
        tops.append(node)
    grown = list(tops)
    while len(_walk(root)) < nodes:
        _grow(chance, grown)
    _total(root)
    for node in _walk(spine[1 + len(_LOOP_FRAMES)]):
        node.running_us = node.self_us
    root.self_check()
    return root


def _grow(chance: random.Random, grown: list[CallNode]) -> None:
    parent = chance.choice(grown)
    name = f"{chance.choice(_STDLIB)}_{chance.randrange(40)}"
    child = _node("stdlib", name, 10 + chance.randrange(900), parent.layer)
    child.self_us = parent.self_us * chance.uniform(0.02, 0.3)
    parent.self_us -= child.self_us
    parent.children.append(child)
    grown.append(child)


def _node(module: str, function: str, line: int, layer: Layer) -> CallNode:
    origin = {"app": "app", "stdlib": "stdlib"}.get(module.split(".")[0], "package")
    file = f"{module.replace('.', '/')}.py" if line else ""
    return CallNode(CodeLocation(module, function, file, line, origin), layer, samples=7)


def _along(root: CallNode) -> list[CallNode]:
    nodes = [root]
    while nodes[-1].children:
        nodes.append(nodes[-1].children[0])
    return nodes


def _walk(root: CallNode) -> list[CallNode]:
    nodes = [root]
    for node in nodes:
        nodes.extend(node.children)
    return nodes


def _total(root: CallNode) -> None:
    for node in reversed(_walk(root)):
        node.total_us = node.self_us + sum(child.total_us for child in node.children)
