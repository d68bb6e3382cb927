"""clientprof: where a Python HTTP client loses time under concurrency, with evidence."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clientprof.embedded.watching import Seen as Seen
    from clientprof.embedded.watching import watching as watching

__version__ = "0.2.0"

_IN_CODE = ("Seen", "watching")


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext clientprof``: the magics of ``clientprof.embedded.notebook``."""
    from importlib import import_module

    import_module("clientprof.embedded.notebook.magics").load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """``%unload_ext clientprof``."""
    from importlib import import_module

    import_module("clientprof.embedded.notebook.magics").unload(shell)


def __getattr__(name: str) -> Any:
    # Whoever imports clientprof for another purpose loads none of it; by name, because no column may import another.
    if name not in _IN_CODE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module("clientprof.embedded.watching")
    globals().update({each: getattr(module, each) for each in _IN_CODE})
    return globals()[name]
