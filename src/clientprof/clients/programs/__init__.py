"""The clients that are recognised inside other people's programs."""

from clientprof.clients.programs.aiohttp_calls import AIOHTTP
from clientprof.clients.programs.curl_cffi_calls import CURL_CFFI
from clientprof.clients.programs.httpx_calls import HTTPX, HTTPX2
from clientprof.clients.programs.observed import Observed
from clientprof.clients.programs.requests_calls import NIQUESTS, REQUESTS, URLLIB3
from clientprof.clients.programs.stdlib_calls import HTTP_CLIENT, HTTPLIB2, URLLIB

OBSERVED: dict[str, Observed] = {
    each.client: each
    for each in (
        *HTTPX,
        *HTTPX2,
        *AIOHTTP,
        *REQUESTS,
        *NIQUESTS,
        *URLLIB3,
        *CURL_CFFI,
        *HTTP_CLIENT,
        *URLLIB,
        *HTTPLIB2,
    )
}

# Packages whose frames are the client's own, or stand below it: a call does not go *through* them.
CLIENT_PACKAGES = frozenset(
    ("httpx", "httpcore", "httpx2", "httpcore2", "aiohttp", "requests", "niquests", "urllib3", "urllib3_future",
     "curl_cffi", "httplib2", "httpx_aiohttp", "h11", "h2", "anyio", "sniffio", "yarl", "multidict", "async_timeout")
)  # fmt: skip
