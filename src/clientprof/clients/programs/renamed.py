"""httpx's tables for httpx2: a later edition that kept files and names, under other module names."""

from dataclasses import replace

from clientprof.clients.programs.observed import Tables


def renamed(tables: Tables, client: str, core: str) -> Tables:
    """The tables of httpx and httpcore with their modules called ``client`` and ``core``."""

    def name(text: str) -> str:
        for old, new in (("httpx", client), ("httpcore", core)):
            if text == old or text.startswith((f"{old}.", f"{old}:")):
                return new + text[len(old) :]
        return text

    def target(text: str) -> str:
        return " | ".join(name(part.strip()) for part in text.split("|"))

    return Tables(
        marks=[replace(spec, target=target(spec.target)) for spec in tables.marks],
        boundaries=[replace(spec, target=target(spec.target)) for spec in tables.boundaries],
        layers={name(module): layer for module, layer in tables.layers.items()},
        waits=[replace(spec, target=target(spec.target)) for spec in tables.waits],
    )
