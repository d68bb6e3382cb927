"""Every transport of httpx that the client makes asks for HTTP/2, where TLS lets it ask."""

import functools
import importlib
import inspect
from typing import Any


def apply(root: str) -> None:
    """Raises: LookupError: no such transport, or it knows no HTTP/2."""
    module = importlib.import_module(f"{root.replace('httpcore', 'httpx')}._transports.default")
    for name in ("AsyncHTTPTransport", "HTTPTransport"):
        kind = getattr(module, name, None)
        if kind is None or "http2" not in inspect.signature(kind.__init__).parameters:
            raise LookupError(f"{name} of httpx with http2")
        kind.__init__ = _asking(kind.__init__)


def _asking(initialize: Any) -> Any:
    signature = inspect.signature(initialize)

    @functools.wraps(initialize)  # the next patch asks for its parameters
    def __init__(*args: Any, **kwargs: Any) -> None:  # noqa: N807  # it replaces that of the transport
        given = signature.bind(*args, **kwargs)
        given.arguments["http2"] = True
        initialize(*given.args, **given.kwargs)

    return __init__
