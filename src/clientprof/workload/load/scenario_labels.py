"""A scenario as one short text, and back: ``c512/1k``, ``c64/64k/tls/rtt20``, ``c60/1k/d100/l100/requests=2000``.

The first part is the requests at once. What every harness of the field has is written short (size, ``tls``, ``h2``, ``d``
for the delay and ``rtt`` for the network's round trip in milliseconds, ``l`` for the limit); the rest says its name.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from clientprof.model.network import NetworkError, Stall, format_bandwidth, parse_bandwidth
from clientprof.workload.load.scenario import (
    DelayKind,
    Encoding,
    Loop,
    Scenario,
    ScenarioError,
    Trust,
    Upload,
    format_ms,
    format_size,
    parse_size,
)

_FLAGS = {
    "tls": "tls", "h2": "http2", "events": "events", "streamed": "streamed", "client-each": "client_each",
    "silent-close": "silent_close", "by-name": "by_name",
}  # fmt: skip
_DECIMAL = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
_SHORT = (
    (re.compile(rf"d({_DECIMAL})", re.ASCII), "delay_ms", float),
    (re.compile(rf"rtt({_DECIMAL})", re.ASCII), "rtt_ms", float),
    (re.compile(r"l([0-9]{1,9})", re.ASCII), "limit", int),
)


def _number(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) is None:
        raise ScenarioError(f"{text!r} is no whole number")
    return int(text)


def _decimal(text: str) -> float:
    if re.fullmatch(_DECIMAL, text, re.ASCII) is None:
        raise ScenarioError(f"{text!r} is no number")
    return float(text)


# Named parts: what the part is called, the field it sets, how it is read and written.
_NAMED: Mapping[str, tuple[str, Callable[[str], Any], Callable[[Any], str]]] = {
    "requests": ("requests", _number, str),
    "rate": ("rate_per_s", _decimal, format_ms),
    "loop": ("loop", Loop, str),
    "keepalive": ("keepalive", _number, str),
    "delay": ("delay_kind", DelayKind, str),
    "post": ("upload_bytes", parse_size, format_size),
    "upload": ("upload", Upload, str),
    "chunks": ("chunks", _number, str),
    "gap": ("gap_ms", _decimal, format_ms),
    "encoding": ("encoding", Encoding, str),
    "cookies": ("cookies", _number, str),
    "jar": ("jar", _number, str),
    "redirects": ("redirects", _number, str),
    "hosts": ("hosts", _number, str),
    "h2-streams": ("h2_streams", _number, str),
    "close-after": ("close_after", _number, str),
    "idle-close": ("idle_close_ms", _number, str),
    "accept-delay": ("accept_delay_ms", _number, str),
    "refuse": ("refuse_every", _number, str),
    "retry-after": ("retry_after_s", _number, str),
    "jitter": ("jitter_ms", _decimal, format_ms),
    "bandwidth": ("bits_per_s", parse_bandwidth, format_bandwidth),
    "stall": ("stall", Stall.parse, str),
    "trust": ("trust", Trust, str),
}


def parse_label(label: str) -> Scenario:
    """A scenario from its label.

    Raises:
        ScenarioError: the label is not of that form.
    """
    concurrency, *rest = label.split("/")
    if not re.fullmatch(r"c[0-9]{1,9}", concurrency, re.ASCII):
        raise ScenarioError(f"{label!r} is no scenario; write c<requests at once>/<size>, such as c512/1k")
    values: dict[str, Any] = {"concurrency": int(concurrency[1:])}
    for part in rest:
        name, value = _parse_part(part)
        if name in values:
            raise ScenarioError(f"{label!r} says its {name.partition('_')[0]} twice")
        values[name] = value
    return Scenario(**values)


def _parse_part(part: str) -> tuple[str, Any]:
    if part in _FLAGS:
        return _FLAGS[part], True
    key, equals, text = part.partition("=")
    if equals:
        if key not in _NAMED:
            raise ScenarioError(f"a scenario has no {key!r}; there are {', '.join(_NAMED)}")
        name, read, _ = _NAMED[key]
        try:
            return name, read(text)
        except NetworkError as error:
            raise ScenarioError(str(error)) from None
        except ScenarioError as error:
            raise ScenarioError(f"{key}: {error}") from None
        except ValueError:
            known = {"loop": Loop, "delay": DelayKind, "upload": Upload, "encoding": Encoding, "trust": Trust}[key]
            raise ScenarioError(f"{key} is one of {', '.join(known)}, not {text!r}") from None
    for pattern, name, read in _SHORT:
        match = pattern.fullmatch(part)
        if match is not None:
            return name, read(match[1])
    return "size_bytes", parse_size(part)


def label_of(scenario: Scenario) -> str:
    """The short name that ``parse_label`` reads back."""
    parts = [f"c{scenario.concurrency}", format_size(scenario.size_bytes)]
    parts += [flag for flag, name in _FLAGS.items() if getattr(scenario, name)]
    if scenario.delay_ms:
        parts.append(f"d{format_ms(scenario.delay_ms)}")
    if scenario.rtt_ms:
        parts.append(f"rtt{format_ms(scenario.rtt_ms)}")
    if scenario.limit is not None:
        parts.append(f"l{scenario.limit}")
    defaults = {field.name: field.default for field in fields(Scenario)}
    for key, (name, _, write) in _NAMED.items():
        value = getattr(scenario, name)
        if value != defaults[name]:
            parts.append(f"{key}={write(value)}")
    return "/".join(parts)
