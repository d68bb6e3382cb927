"""The one escaping of the project: text for HTML, data for ``<script type="application/json">``, text for terminals.

URLs, header names, function names and error types come from servers and from foreign code: all of them are hostile.
Rules of the HTML standard: text and quoted attribute values need ``& < > "`` escaped (section 13.1.2); raw script data
ends at ``</script`` and switches state at ``<!--`` (section 13.2.5.4), so no ``<`` may remain in it.
"""

import json
import math
import unicodedata

_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "`": "&#96;"})
_JSON = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
# Control characters could drive a terminal, format characters (bidi overrides) reorder what the reader sees, and
# surrogates cannot be written as UTF-8: their code is shown in place of them.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    """The text with every control, format and surrogate character replaced by its code, as in ``\\u202e``."""
    if text.isprintable():
        return text
    return "".join(_code(char) if unicodedata.category(char) in _HIDDEN_CATEGORIES else char for char in text)


def _code(char: str) -> str:
    number = ord(char)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def escape_html(text: str) -> str:
    """The text for use between tags and inside quoted attribute values."""
    return visible(text).translate(_HTML)


def escape_json(value: object) -> str:
    """The value as JSON that is inert inside ``<script type="application/json">``.

    Raises:
        TypeError: the value holds something that JSON cannot.
    """
    return json.dumps(finite(value), separators=(",", ":"), allow_nan=False).translate(_JSON)


def finite(value: object) -> object:
    """The value with NaN and infinities replaced by None, which JSON can hold, and hidden characters made visible."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(str(key)): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def safe_link(url: str | None) -> str | None:
    """The URL if it is one that a reader may follow from a report (https), else None."""
    if url is None or not url.startswith("https://"):
        return None
    return url
