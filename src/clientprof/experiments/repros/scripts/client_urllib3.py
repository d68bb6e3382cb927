"""urllib3, as a script asks it."""

import urllib3

CONNECTIONS = None  # at most; None: as many as there are threads, one of them kept


def new_client():
    return urllib3.PoolManager(**({"maxsize": CONNECTIONS, "block": True} if CONNECTIONS else {}))


def get(client, url):
    client.request("GET", url)
