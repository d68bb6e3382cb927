"""Output streams whose encoding lacks some characters of our texts, such as µ: written in ASCII instead, never an error."""

import codecs
import io

_NAME = "clientprof-plain"
_PLAIN = {"\u00b5": "u", "\u00a0": " ", "\u2013": "-", "\u2026": "...", "\u2265": ">=", "\u00d7": "x"}


def write_what_it_can(*streams: object) -> None:
    """Let each text stream replace the characters that it cannot hold. Those of Unicode are left as they are."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            codecs.register_error(_NAME, _replaced)
            stream.reconfigure(errors=_NAME)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(char, "?") for char in error.object[error.start : error.end]), error.end
