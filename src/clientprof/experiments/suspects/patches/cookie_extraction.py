"""A response without cookies is not searched for them, as httpx2 does."""

import importlib
import inspect
from typing import Any


def apply(root: str) -> None:
    """Raises: LookupError: no such search, or it looks for the header first already."""
    cookies = getattr(importlib.import_module(f"{root.replace('httpcore', 'httpx')}._models"), "Cookies", None)
    extract = getattr(cookies, "extract_cookies", None)
    if cookies is None or extract is None or "set-cookie" in inspect.getsource(extract).split('"""')[-1]:
        raise LookupError("search for cookies in responses without any")

    def extract_cookies(self: Any, response: Any) -> None:
        if "set-cookie" in response.headers or "set-cookie2" in response.headers:
            extract(self, response)

    cookies.extract_cookies = extract_cookies
