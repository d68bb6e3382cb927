"""Which clients the tests measure in this environment."""

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import AsyncAdapter

# Tested in environments of their own, see tests/clients/test_separate_environment.py.
ALONE = tuple(name for name, kind in CLIENTS.items() if kind.alone)
HERE = tuple(name for name in CLIENTS if name not in ALONE)
# Those of them that run on an event loop.
LOOPED = tuple(name for name in HERE if issubclass(CLIENTS[name], AsyncAdapter))
# Those of these whose sockets and callbacks are Python's.
SEEN = tuple(name for name in LOOPED if not CLIENTS[name].opaque)
# Those that run in threads.
BLOCKING = tuple(name for name in HERE if name not in LOOPED)
# Those of these whose waits and socket calls are Python's.
SEEN_BLOCKING = tuple(name for name in BLOCKING if not CLIENTS[name].opaque)
