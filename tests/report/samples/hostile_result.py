"""The sample result with markup and control characters appended to every text in it."""

import dataclasses
from collections.abc import Mapping
from enum import Enum
from functools import cache

from clientprof.model.provenance.sources import Sources
from clientprof.model.results import TraceResult
from clientprof.model.samples import CodeLocation
from sample_result import sample_result

PAYLOAD = (
    "</script><script>window.hacked=1</script><img src=x onerror=\"window.hacked=1\" onload='window.hacked=1'>"
    "'\"`--><!--<svg onload=window.hacked=1>{{7*7}}[bold]&lt;\u2028\u2029\u202e\x1b[31m\x00\udc80"
)


@cache
def hostile_result() -> TraceResult:
    """Names, files, URLs, errors, settings, notices: every plain string carries the payload."""
    hostile = poisoned(sample_result())
    assert isinstance(hostile, TraceResult)
    return hostile


def poisoned(value: object) -> object:
    """The value with the payload appended to every plain string in it."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value + PAYLOAD
    if isinstance(value, Sources):
        # Packages are looked up by the beginnings of files, which stay as they were.
        return Sources({package: root + PAYLOAD for package, root in value.roots.items()})
    if isinstance(value, CodeLocation):
        # One of four words, never shown; with any other no source is looked up.
        texts = (value.module + PAYLOAD, value.function + PAYLOAD, value.file and value.file + PAYLOAD)
        return CodeLocation(*texts, value.line, value.origin)
    if isinstance(value, tuple | list):
        return type(value)(poisoned(item) for item in value)
    if isinstance(value, Mapping):
        return {poisoned(key): poisoned(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return dataclasses.replace(value, **{name: poisoned(getattr(value, name)) for name in names})
    return value
