"""clientprof: where a Python HTTP client loses time under concurrency, with evidence."""

__version__ = "0.1.0"
