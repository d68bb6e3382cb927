"""Which loops can be had here, asked without importing any of them."""

import importlib.util

from clientprof.workload.load.scenario import Loop


def missing_package(loop: Loop) -> str | None:
    """The package that the loop needs and that is not installed, None where there is nothing to install."""
    if loop is Loop.ASYNCIO or importlib.util.find_spec(str(loop)) is not None:
        return None
    return str(loop)
