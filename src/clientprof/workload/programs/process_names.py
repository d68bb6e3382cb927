"""How a process is called, by the words that it was started with."""

import os
from collections.abc import Sequence

# Options of the interpreter whose value may be the next word, and those after which everything is the program's.
_WITH_VALUE = "WX"
_PROGRAM = "mc"
_LONG_WITH_VALUE = ("--check-hash-based-pycs",)


def name_of(argv: Sequence[str]) -> str:
    """Its script or module, without folders and arguments."""
    letter, value = _started(argv)
    if letter == "m":
        return f"-m {value}"
    return _of_text(value) if letter == "c" else os.path.basename(value)


def module_of(argv: Sequence[str]) -> str | None:
    """The module that ``-m`` runs; None where a script or something else runs."""
    letter, value = _started(argv)
    return value if letter == "m" and value else None


def _started(argv: Sequence[str]) -> tuple[str, str]:
    """What runs: m, c or nothing for a script, and which. The interpreter comes first; options behind the script are the
    script's, whatever they are called (``gunicorn -c gunicorn.conf.py``)."""
    words = iter(argv[1:])
    for word in words:
        if not word.startswith("-") or word == "-":
            return "", word
        if word.startswith("--"):
            if word in _LONG_WITH_VALUE:
                next(words, None)
            continue
        # Options of one letter can stand together; one that takes a value takes the rest of the word, or the next one.
        for place, letter in enumerate(word[1:], start=2):
            if letter in _WITH_VALUE + _PROGRAM:
                value = word[place:] or next(words, "")
                if letter in _PROGRAM:
                    return letter, value
                break
    return "", argv[0] if argv else ""


def _of_text(text: str) -> str:
    """Only what multiprocessing starts is told apart."""
    first, _, rest = text.partition(" import ")
    return first.removeprefix("from ") if rest and first.startswith("from multiprocessing.") else "-c"
