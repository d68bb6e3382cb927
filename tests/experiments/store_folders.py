"""Environments as they lie in a store's folder, without anything installed."""

import json
import time
from pathlib import Path

from clientprof.experiments.environments.store import Record
from clientprof.recording.dataclass_json import to_json


def lay_down(folder: Path, key: str, *, label: str = "httpx==0.27.2", days_ago: float = 0.0) -> Path:
    """An environment's folder with a record and one file of 1000 bytes, last used that many days ago."""
    made_s = time.time() - days_ago * 86_400
    environment = folder / key
    environment.mkdir(parents=True)
    record = Record(label, "3.11.7", (label, "yappi==1.6"), "pip", made_s, (label,))
    (environment / "environment.json").write_text(json.dumps(to_json(record)))
    (environment / "module.py").write_bytes(b"#" * 1000)
    return environment
