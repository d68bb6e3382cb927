"""One TLS context for all who ask for the same one."""

import functools
import ssl
import sys


def apply(_package: str) -> None:
    building = ssl.create_default_context
    shared = functools.wraps(building)(functools.cache(building))
    # Also where it was imported by name.
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()):
            if value is building:
                setattr(module, name, shared)
