"""httpx's blocking client, as a script asks it; httpx2's names are put in place of httpx's."""

import httpx

CONNECTIONS, KEEP_ALIVE = 100, 20  # at most
get = httpx.Client.get


def new_client():
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=KEEP_ALIVE)
    return httpx.Client(timeout=None, trust_env=False, limits=limits)
