"""No garbage collection: what exists is set aside, and nothing is looked for in the rest."""

import gc


def apply(_package: str) -> None:
    gc.collect()
    gc.freeze()
    gc.disable()
