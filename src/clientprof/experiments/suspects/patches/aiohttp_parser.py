"""A connection keeps its parser from one response to the next."""

from typing import Any

from aiohttp.client_proto import ResponseHandler


def apply(_package: str) -> None:
    setting = ResponseHandler.set_response_params

    def set_response_params(self: Any, *, timer: Any = None, **options: Any) -> None:
        if self._parser is not None and not self._tail and self._asked == options:
            return
        self._asked = options
        setting(self, timer=timer, **options)

    # Not looked up in the instance's own dict: asking for that makes one, and every attribute slower.
    handler: Any = ResponseHandler
    handler._asked = None
    ResponseHandler.set_response_params = set_response_params  # type: ignore[method-assign]
