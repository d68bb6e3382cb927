"""The clients under test, one adapter a file, and the table that names them."""

from clientprof.clients.adapter import Adapter
from clientprof.clients.aiohttp_client import AiohttpAdapter
from clientprof.clients.curl_cffi_client import CurlCffiAdapter
from clientprof.clients.floor_client import FloorAdapter
from clientprof.clients.httpx2_client import Httpx2Adapter
from clientprof.clients.httpx_aiohttp_client import HttpxAiohttpAdapter
from clientprof.clients.httpx_client import HttpxAdapter
from clientprof.clients.httpx_get import HttpxGetAdapter
from clientprof.clients.httpx_over_aiohttp_client import HttpxOverAiohttpAdapter
from clientprof.clients.httpx_sync import HttpxSyncAdapter
from clientprof.clients.niquests_async_client import NiquestsAsyncAdapter
from clientprof.clients.niquests_client import NiquestsAdapter
from clientprof.clients.pycurl_client import PycurlAdapter
from clientprof.clients.pyreqwest_client import PyreqwestAdapter
from clientprof.clients.requests_client import RequestsAdapter
from clientprof.clients.requests_get import RequestsGetAdapter
from clientprof.clients.rnet_client import RnetAdapter
from clientprof.clients.urllib3_client import Urllib3Adapter
from clientprof.model.run import FLOOR

CLIENTS: dict[str, type[Adapter]] = {
    "httpx": HttpxAdapter,
    "aiohttp": AiohttpAdapter,
    "httpx-sync": HttpxSyncAdapter,
    "httpx-get": HttpxGetAdapter,
    "requests": RequestsAdapter,
    "requests-get": RequestsGetAdapter,
    "urllib3": Urllib3Adapter,
    "httpx2": Httpx2Adapter,
    "httpx-aiohttp": HttpxAiohttpAdapter,
    "httpx-over-aiohttp": HttpxOverAiohttpAdapter,
    "niquests": NiquestsAdapter,
    "niquests-async": NiquestsAsyncAdapter,
    "pyreqwest": PyreqwestAdapter,
    "rnet": RnetAdapter,
    "curl-cffi": CurlCffiAdapter,
    "pycurl": PycurlAdapter,
    FLOOR: FloorAdapter,
}
