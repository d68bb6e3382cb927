"""A URL string that was parsed before is not parsed again. The result is immutable, so that it can be shared."""

import functools
import importlib
from typing import Any

_REMEMBERED = 4096


def apply(root: str) -> None:
    """Raises: LookupError: no such parser."""
    urls = importlib.import_module(f"{root.replace('httpcore', 'httpx')}._urls")
    original = getattr(urls, "urlparse", None)
    if original is None:
        raise LookupError("urlparse of httpx")
    remembered = functools.lru_cache(_REMEMBERED)(original)

    def urlparse(url: str = "", **kwargs: Any) -> Any:
        return original(url, **kwargs) if kwargs else remembered(url)

    urls.urlparse = urlparse  # type: ignore[attr-defined]
