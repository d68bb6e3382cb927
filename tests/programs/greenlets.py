"""A program whose threads are gevent's greenlets. Arguments: a URL that takes its time, and how many greenlets there are."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402
import threading  # noqa: E402

import gevent  # noqa: E402
import requests  # noqa: E402

URL, GREENLETS = sys.argv[1], int(sys.argv[2])


def asks(session: requests.Session) -> None:
    for _ in range(5):
        session.get(URL).raise_for_status()


with requests.Session() as shared:
    gevent.joinall([gevent.spawn(asks, shared) for _ in range(GREENLETS)], raise_error=True)
    thread = threading.Thread(target=asks, args=(shared,))
    thread.start()
    thread.join()
