"""Output streams whose encoding lacks some characters of our texts, such as µ: written in ASCII instead, never an error.
And those that nobody reads any more."""

import codecs
import contextlib
import io
import os
from typing import TextIO

_NAME = "clientprof-plain"
_PLAIN = {"\u00b5": "u", "\u00a0": " ", "\u2013": "-", "\u2026": "...", "\u2265": ">=", "\u00d7": "x"}


def write_what_it_can(*streams: object) -> None:
    """Let each text stream replace the characters that it cannot hold. Those of Unicode are left as they are."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            codecs.register_error(_NAME, _replaced)
            stream.reconfigure(errors=_NAME)


def drop(*streams: TextIO) -> None:
    """Let what is still to be written go nowhere: who read it has gone away (``| head``), and nothing is left to say."""
    for stream in streams:
        with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(char, "?") for char in error.object[error.start : error.end]), error.end
