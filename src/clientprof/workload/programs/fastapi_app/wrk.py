"""wrk (github.com/wg/wrk) as the load generator, where it is installed.

Its ``done`` script prints every value of its latency histogram, so that percentiles of several runs can be merged exactly.
wrk corrects the histogram for the requests that a slow answer kept from being sent (coordinated omission), and does not
count what is under way when its time is up.
"""

import math
import shutil

from clientprof.workload.programs.fastapi_app.load_settings import LoadOutcome, LoadSettings

_MARK = "clientprof"
SCRIPT = f"""\
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("{_MARK} %.0f %.0f %.0f %.0f %.0f %.0f %.0f\\n", summary.duration, summary.requests,
    e.status, e.connect, e.read, e.write, e.timeout))
  for i = 1, #latency do
    local value, count = latency(i)
    io.write(string.format("{_MARK} %.0f %.0f\\n", value, count))
  end
end
"""
_ERRORS = ("status", "connect", "read", "write", "timeout")


class WrkError(ValueError):
    """wrk printed something else than its script writes."""


def find_wrk() -> str | None:
    """Where wrk is, None if it is not installed."""
    return shutil.which("wrk")


def command(program: str, script: str, settings: LoadSettings) -> list[str]:
    """The command line for a load by time, on one thread."""
    assert settings.seconds is not None
    assert settings.requests is None
    return [
        program,
        "--threads=1",
        f"--connections={settings.concurrency}",
        f"--duration={math.ceil(settings.seconds)}s",
        f"--timeout={math.ceil(settings.timeout_s)}s",
        "--latency",
        f"--script={script}",
        f"http://127.0.0.1:{settings.port}{settings.path}",
    ]


def parse(text: str, cpu_ns: int | None) -> LoadOutcome:
    """The outcome from what wrk printed.

    Raises:
        WrkError: the script's lines are missing or malformed.
    """
    rows = [line.split()[1:] for line in text.splitlines() if line.startswith(f"{_MARK} ")]
    try:
        (duration_us, requests, *errors), *histogram = [[int(word) for word in row] for row in rows]
        pairs = [(value, count) for value, count in histogram]
        by_kind = {kind: count for kind, count in zip(_ERRORS, errors, strict=True) if count}
    except ValueError:
        raise WrkError(f"wrk printed no figures: {text.strip()[-200:]!r}") from None
    return LoadOutcome(
        generator="wrk",
        duration_ns=duration_us * 1000,
        # Answers of another status are among its requests.
        finished=requests - by_kind.get("status", 0),
        errors=by_kind,
        latency_us=tuple(value for value, _ in pairs),
        latency_count=tuple(count for _, count in pairs),
        cpu_ns=cpu_ns,
    )
