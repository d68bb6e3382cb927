"""requests, as a script asks it."""

import requests

CONNECTIONS = None  # at most; None: as many as there are threads, 10 of them kept
get = requests.Session.get


def new_client():
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(10, CONNECTIONS or 10, pool_block=bool(CONNECTIONS)))
    return session
