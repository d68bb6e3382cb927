"""The name that a client has in results: itself, then what is measured of it."""

import re


def client_of(name: str) -> str:
    """``httpx`` of ``httpx``, ``httpx==0.28.1+sniffio@py3.14``, ``httpx[http2]`` or, in a scenario, ``httpx, once``."""
    return re.split(r"[\[=+@, ]", name, maxsplit=1)[0]
