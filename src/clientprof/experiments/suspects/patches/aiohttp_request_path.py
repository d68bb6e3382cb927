"""A plain GET goes from the session to the connector straight, with a request object made once per URL."""

from typing import Any

from aiohttp import ClientSession
from aiohttp.client_reqrep import ClientRequest
from aiohttp.helpers import TimerNoop
from yarl import URL

_NOTHING_OF_ITS_OWN: tuple[dict[str, Any], ...] = ({}, {"allow_redirects": True}, {"allow_redirects": False})


def apply(_package: str) -> None:
    full: Any = ClientSession._request
    prepared: dict[tuple[ClientSession, Any], ClientRequest] = {}

    async def request(self: Any, method: str, url: Any, **options: Any) -> Any:
        if method != "GET" or options not in _NOTHING_OF_ITS_OWN or self.closed or self._trace_configs:
            return await full(self, method, url, **options)
        made = prepared.get((self, url))
        if made is None:
            made = prepared[self, url] = self._request_class(
                method, URL(url), headers=self._prepare_headers(None), loop=self._loop,
                response_class=self._response_class, timer=TimerNoop(), session=self, traces=[],
            )  # fmt: skip
        connection = await self._connector.connect(made, traces=[], timeout=self._timeout)
        try:
            connection.protocol.set_response_params(
                timer=made._timer,
                read_until_eof=True,
                auto_decompress=self._auto_decompress,
                read_timeout=self._timeout.sock_read,
                read_bufsize=self._read_bufsize,
            )
            response = await made.send(connection)
            await response.start(connection)
        except BaseException:
            connection.close()
            raise
        if 300 <= response.status < 400 and options.get("allow_redirects", True):
            response.release()
            return await full(self, method, url, **options)
        return response

    session: Any = ClientSession
    session._request = request
