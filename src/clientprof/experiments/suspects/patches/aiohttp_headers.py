"""The headers of a request without any of its own, made once per host and copied."""

from typing import Any

from aiohttp.client_reqrep import ClientRequest


def apply(_package: str) -> None:
    own, automatic = ClientRequest.update_headers, ClientRequest.update_auto_headers
    prepared: dict[str, Any] = {}

    def update_headers(self: Any, headers: Any) -> None:
        if headers:
            own(self, headers)
            return
        host = self.url.host_port_subcomponent
        known = prepared.get(host)
        if known is None:
            own(self, None)
            automatic(self, None)
            known = prepared[host] = self.headers.copy()
        self.headers = known.copy()

    def update_auto_headers(self: Any, skip_auto_headers: Any) -> None:
        if skip_auto_headers is not None and self.headers == prepared.get(self.url.host_port_subcomponent):
            own(self, None)
        automatic(self, skip_auto_headers)

    ClientRequest.update_headers = update_headers  # type: ignore[method-assign]
    ClientRequest.update_auto_headers = update_auto_headers  # type: ignore[method-assign]
