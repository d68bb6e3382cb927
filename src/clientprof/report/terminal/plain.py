"""Printing to terminals that cannot show every character."""

from collections.abc import Callable

from rich.console import Console

# Bars are drawn in ASCII there to begin with.
_PLAIN = str.maketrans({"\u2013": "-", "\u2026": "...", "\u00a0": " ", "\u00b5": "u"})


def printed_plainly(console: Console, show: Callable[[], None]) -> None:
    """Call ``show``, which prints to the console; what the console's encoding cannot hold is written in ASCII."""
    if not console.options.ascii_only:
        show()
        return
    with console.capture() as captured:
        show()
    text = captured.get().translate(_PLAIN)
    console.file.write(text.encode(console.encoding, "replace").decode(console.encoding))
