"""What is asked of a client: how many requests at once, for what."""

import re
from dataclasses import dataclass

_UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}
MAX_CONCURRENCY = 100_000
MAX_SIZE_BYTES = 64 * 1024 * 1024


class ScenarioError(ValueError):
    """A scenario that makes no sense. The message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A closed-loop gather: ``concurrency`` GETs at once on one shared client, for bodies of ``size_bytes``.

    ``limit`` is the client's connection limit, None for its own default; ``delay_ms`` is the server's delay.
    """

    concurrency: int = 512
    size_bytes: int = 1024
    tls: bool = False
    limit: int | None = None
    delay_ms: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.concurrency <= MAX_CONCURRENCY:
            raise ScenarioError(f"-n must be between 1 and {MAX_CONCURRENCY}, not {self.concurrency}")
        if not 0 <= self.size_bytes <= MAX_SIZE_BYTES:
            raise ScenarioError(f"--size must be between 0 and 64m, not {self.size_bytes}")
        if self.limit is not None and self.limit < 1:
            raise ScenarioError(f"--limit must be 1 or more, not {self.limit}")
        if not 0 <= self.delay_ms <= 60_000:
            raise ScenarioError(f"--delay must be between 0 and 60000 ms, not {self.delay_ms:g}")
        # Nanoseconds are what labels and the origin's routes can say.
        object.__setattr__(self, "delay_ms", round(self.delay_ms, 6))

    @classmethod
    def parse(cls, label: str) -> "Scenario":
        """A scenario from its label, such as ``c512/1k``, ``c64/64k/tls``, ``c60/1k/d100/l100``.

        Raises:
            ScenarioError: the label is not of that form.
        """
        concurrency, *rest = label.split("/")
        if not re.fullmatch(r"c[0-9]{1,9}", concurrency):
            raise ScenarioError(f"{label!r} is no scenario; write c<requests at once>/<size>, such as c512/1k")
        values: dict[str, int | float | bool] = {"concurrency": int(concurrency[1:])}
        value: int | float | bool
        for part in rest:
            if part == "tls":
                name, value = "tls", True
            elif re.fullmatch(r"d[0-9]{1,9}(\.[0-9]{1,9})?", part):
                name, value = "delay_ms", float(part[1:])
            elif re.fullmatch(r"l[0-9]{1,9}", part):
                name, value = "limit", int(part[1:])
            else:
                name, value = "size_bytes", parse_size(part)
            if name in values:
                raise ScenarioError(f"{label!r} says its {name.partition('_')[0]} twice")
            values[name] = value
        return cls(**values)  # type: ignore[arg-type]

    @property
    def label(self) -> str:
        """The short name that ``parse`` reads back."""
        parts = [f"c{self.concurrency}", format_size(self.size_bytes)]
        if self.tls:
            parts.append("tls")
        if self.delay_ms:
            parts.append(f"d{_format_ms(self.delay_ms)}")
        if self.limit is not None:
            parts.append(f"l{self.limit}")
        return "/".join(parts)

    @property
    def path(self) -> str:
        """The origin's route for one request."""
        size = format_size(self.size_bytes)
        return f"/delay/{_format_ms(self.delay_ms)}/{size}" if self.delay_ms else f"/{size}"


def parse_size(text: str) -> int:
    """Bytes from ``1500``, ``1k``, ``64k``, ``2m`` (k = 1024).

    Raises:
        ScenarioError: not a size.
    """
    match = re.fullmatch(r"([0-9]{1,12})([kKmM]?)", text)
    if match is None:
        raise ScenarioError(f"{text!r} is no size; write bytes, or 1k, 64k, 2m")
    return int(match[1]) * _UNITS[match[2].lower()]


def _format_ms(delay_ms: float) -> str:
    return f"{delay_ms:.6f}".rstrip("0").rstrip(".")


def format_size(size_bytes: int) -> str:
    """The shortest form ``parse_size`` reads back."""
    for unit in ("m", "k"):
        if size_bytes and size_bytes % _UNITS[unit] == 0:
            return f"{size_bytes // _UNITS[unit]}{unit}"
    return str(size_bytes)
