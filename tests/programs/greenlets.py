"""A program whose threads are gevent's greenlets. Arguments: a URL that takes its time, how many greenlets there are, and
the client: ``requests`` or ``urllib``."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402
import threading  # noqa: E402
import urllib.request  # noqa: E402

import gevent  # noqa: E402
import requests  # noqa: E402

URL, GREENLETS, CLIENT = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def asks(session: requests.Session) -> None:
    for _ in range(5):
        if CLIENT == "requests":
            session.get(URL).raise_for_status()
        else:
            urllib.request.urlopen(URL).read()


with requests.Session() as shared:
    gevent.joinall([gevent.spawn(asks, shared) for _ in range(GREENLETS)], raise_error=True)
    thread = threading.Thread(target=asks, args=(shared,))
    thread.start()
    thread.join()
