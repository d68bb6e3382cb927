"""The clients under test, one adapter a file, and the table that names them."""

from clientprof.clients.adapter import Adapter
from clientprof.clients.named_classes import NamedClasses
from clientprof.model.run import FLOOR

CLIENTS: NamedClasses[Adapter] = NamedClasses(
    __name__,
    {
        "httpx": "httpx_client:HttpxAdapter",
        "aiohttp": "aiohttp_client:AiohttpAdapter",
        "httpx-sync": "httpx_sync:HttpxSyncAdapter",
        "httpx-get": "httpx_get:HttpxGetAdapter",
        "requests": "requests_client:RequestsAdapter",
        "requests-get": "requests_get:RequestsGetAdapter",
        "urllib3": "urllib3_client:Urllib3Adapter",
        "httpx2": "httpx2_client:Httpx2Adapter",
        "httpx-aiohttp": "httpx_aiohttp_client:HttpxAiohttpAdapter",
        "httpx-over-aiohttp": "httpx_over_aiohttp_client:HttpxOverAiohttpAdapter",
        "niquests": "niquests_client:NiquestsAdapter",
        "niquests-async": "niquests_async_client:NiquestsAsyncAdapter",
        "pyreqwest": "pyreqwest_client:PyreqwestAdapter",
        "rnet": "rnet_client:RnetAdapter",
        "curl-cffi": "curl_cffi_client:CurlCffiAdapter",
        "pycurl": "pycurl_client:PycurlAdapter",
        FLOOR: "floor_client:FloorAdapter",
    },
)
