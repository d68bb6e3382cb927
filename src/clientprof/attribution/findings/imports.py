"""Imports that are tried again and again and fail every time."""

import re

from clientprof.attribution.findings.subject import Subject, spent
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer

_COUNTER = "failed_imports_per_request"
_OFTEN = 0.5  # per request: what is looked for once per client or per process stays far below
# Modules known to be looked for by clients: the finding's name, and where it was discussed.
_KNOWN: dict[str, tuple[str, tuple[str, ...]]] = {"sniffio": ("sniffio-missing", ("encode/httpcore#1103",))}


def failed_imports(subject: Subject) -> Finding | None:
    """A package is looked for with every request and never found."""
    row = subject.counter(_COUNTER)
    if row is None or row.value < _OFTEN:
        return None
    layer = subject.layer(Layer.IMPORT)
    cost = None if layer is None else layer.cpu_us_per_request
    names = row.meaning.partition("(")[2].rstrip(")")
    first = names.split(", ")[0]
    culprits = subject.in_layer(Layer.IMPORT)[:1]
    where = f" in {culprits[0].module}.{culprits[0].function}" if culprits else ""
    price = f", {subject.share(cost.value)} ({spent(cost)})" if cost else ""
    known, threads = _KNOWN.get(first, ("failed-imports", ()))
    package = first if re.fullmatch(r"\w+", first) else ""
    return Finding(
        id=known,
        title=(
            f"{subject.name} tries to import {package or 'a package'}, which is not installed, {row.value:.1f} times "
            "per request"
        ),
        layer=Layer.IMPORT,
        culprits=subject.culprits(culprits),
        claim=f"Every failed import searches the whole path again{where}{price}.",
        evidence=(f"{row.value:.2f} failed imports per request ({names or 'unnamed'}); 0 are expected",),
        remedy=f"Install {package}: `pip install {package}`." if package else "Install the package that it looks for.",
        falsifier=f"The claim is wrong if CPU per request does not fall when {names or 'the package'} is installed.",
        cost_us_per_request=None if cost is None else cost.value,
        mechanism=(
            "Python remembers modules that it has loaded, but not modules that it failed to find. So an `import` inside a "
            "function that runs for every request searches every folder of the path again."
        ),
        pointer="Look the package up once, when the module is imported, and keep the answer.",
        threads=threads,
        counters=(_COUNTER, "library_lookups_per_request"),
    )
