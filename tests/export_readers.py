"""Readers of what ``clientprof export`` writes: other people's where PyPI has one, else the format's own rules."""

import contextlib
import io
import json
import pstats
from pathlib import Path
from typing import Any

import gprof2dot
import jsonschema
from haralyzer import HarParser

_NUMBER = {"type": "number"}
_TEXT = {"type": "string"}
_PLACE = {"type": "integer", "minimum": 0}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None, own: str = "^$") -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "patternProperties": {own: {}},
        "additionalProperties": False,
    }


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


# After speedscope's file-format-schema.json (npm package speedscope 1.25), which allows more than we write.
SPEEDSCOPE = _object(
    {
        "$schema": {"const": "https://www.speedscope.app/file-format-schema.json"},
        "shared": _object({"frames": _list(_object({"name": _TEXT}, {"file": _TEXT, "line": _NUMBER, "col": _NUMBER}))}),
        "profiles": _list(
            _object(
                {
                    "type": {"const": "sampled"}, "name": _TEXT, "startValue": _NUMBER, "endValue": _NUMBER,
                    "unit": {"enum": ["none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"]},
                    "samples": _list(_list(_PLACE)), "weights": _list(_NUMBER),
                }
            )
        ),
    },
    {"name": _TEXT, "exporter": _TEXT, "activeProfileIndex": _PLACE},
)  # fmt: skip

# After HAR 1.2; names that begin with an underscore are everybody's own.
_SIZE = {"type": "integer", "minimum": -1}
_TIME = {"type": "number", "minimum": 0}
_MAYBE = {"anyOf": [_TIME, {"const": -1}]}
_DATE = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_MESSAGE = {
    "httpVersion": _TEXT, "cookies": {"type": "array", "maxItems": 0}, "headers": {"type": "array", "maxItems": 0},
    "headersSize": _SIZE, "bodySize": _SIZE,
}  # fmt: skip
HAR = _object(
    {
        "log": _object(
            {
                "version": {"const": "1.2"},
                "creator": _object({"name": _TEXT, "version": _TEXT}),
                "entries": _list(
                    _object(
                        {
                            "startedDateTime": _DATE,
                            "time": _TIME,
                            "request": _object(
                                {
                                    "method": _TEXT, "url": {"type": "string", "pattern": r"^https?://[^?#]+$"},
                                    "queryString": {"type": "array", "maxItems": 0}, **_MESSAGE,
                                }
                            ),
                            "response": _object(
                                {
                                    "status": {"type": "integer"}, "statusText": _TEXT, "redirectURL": _TEXT,
                                    "content": _object({"size": _PLACE, "mimeType": _TEXT}), **_MESSAGE,
                                }
                            ),
                            "cache": _object({}),
                            "timings": _object(
                                {"send": _TIME, "wait": _TIME, "receive": _TIME},
                                {"blocked": _MAYBE, "dns": _MAYBE, "connect": _MAYBE, "ssl": _MAYBE},
                            ),
                        },
                        {"pageref": _TEXT, "connection": _TEXT, "comment": _TEXT},
                        own="^_",
                    )
                ),
            },
            {
                "pages": _list(
                    _object(
                        {
                            "startedDateTime": _DATE, "id": _TEXT, "title": _TEXT,
                            "pageTimings": _object({}, {"onContentLoad": _NUMBER, "onLoad": _NUMBER}),
                        }
                    )
                ),
                "comment": _TEXT,
            },
        )
    }
)  # fmt: skip


def read_speedscope(content: bytes) -> dict[str, dict[tuple[str, ...], float]]:
    """Weight by stack of every profile, by the profile's name."""
    document = json.loads(content)
    jsonschema.validate(document, SPEEDSCOPE)
    frames = [frame["name"] for frame in document["shared"]["frames"]]
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for profile in document["profiles"]:
        stacks = found.setdefault(profile["name"], {})
        for sample, weight in zip(profile["samples"], profile["weights"], strict=True):
            key = tuple(frames[place] for place in sample)
            stacks[key] = stacks.get(key, 0.0) + weight
        assert profile["endValue"] == sum(profile["weights"])
    assert document["activeProfileIndex"] < len(document["profiles"])
    return found


def read_collapsed(content: bytes) -> dict[tuple[str, ...], int]:
    """Weight by stack; every line is a stack, a blank and an integer."""
    stacks: dict[tuple[str, ...], int] = {}
    for line in content.decode().split("\n")[:-1]:
        frames, weight = line.rsplit(" ", 1)
        key = tuple(frames.split(";"))
        assert key not in stacks
        stacks[key] = int(weight)
    return stacks


def read_har(content: bytes) -> list[dict[str, Any]]:
    """The entries, after the format's rules and by haralyzer's eyes; every time is the sum of its timings."""
    document = json.loads(content)
    jsonschema.validate(document, HAR)
    parser = HarParser(document)
    assert sum(len(page.entries) for page in parser.pages) == len(document["log"]["entries"])
    for entry in document["log"]["entries"]:
        timings = entry["timings"]
        total = sum(value for name, value in timings.items() if name != "ssl" and value >= 0)
        assert abs(total - entry["time"]) < 1e-6
        assert timings["ssl"] <= timings["connect"]
    return list(document["log"]["entries"])


def read_callgrind(content: bytes) -> tuple[int, dict[str, int], dict[tuple[str, str], int]]:
    """Total CPU in nanoseconds, calls by function, and calls by caller and callee, as gprof2dot reads them."""
    text = content.decode()
    parser = gprof2dot.CallgrindParser(io.StringIO(text))
    with contextlib.redirect_stderr(io.StringIO()) as complaints:
        profile = parser.parse()
    assert complaints.getvalue() == ""
    names = {function.id: function.name for function in profile.functions.values()}
    edges = {
        (function.name, names[call.callee_id]): int(call[gprof2dot.CALLS])
        for function in profile.functions.values()
        for call in function.calls.values()
    }
    totals = next(line for line in text.splitlines() if line.startswith("totals:")).split()
    own = dict.fromkeys(names.values(), 0)
    cpu_ns, name, skip = 0, "", False
    said: dict[tuple[bool, str], str] = {}
    for line in text.splitlines():
        if line.startswith(("fn=", "cfn=", "fl=", "cfi=")):
            key, _, spelt = line.partition("=")[2].partition(" ")
            place = ("fn" in line.partition("=")[0], key)
            # speedscope refuses a name that is defined twice.
            assert (place in said) == (spelt == ""), line
            name_here = said.setdefault(place, spelt)
            name = name_here if line.startswith("fn=") else name
        elif line[:1].isdigit() and not skip:
            _, calls, ns = map(int, line.split())
            own[name] = own.get(name, 0) + calls
            cpu_ns += ns
        skip = line.startswith("calls=")
    assert [int(total) for total in totals[1:]] == [sum(own.values()), cpu_ns]
    return cpu_ns, own, edges


def read_pstats(path: Path) -> pstats.Stats:
    """The standard library's own reading, printed once, and gprof2dot's."""
    stats = pstats.Stats(str(path), stream=io.StringIO())
    stats.sort_stats("cumulative").print_stats().print_callers()
    gprof2dot.PstatsParser(str(path)).parse()
    return stats
