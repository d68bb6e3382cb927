"""What the settings of a load say of each of its requests, where a format wants it of every one."""

import re
from dataclasses import dataclass

from clientprof.model.results import TraceResult


@dataclass(frozen=True, slots=True)
class LoadFacts:
    """``http_version`` is ``1.1`` or ``2``; ``local`` says that the server was clientprof's own, on this machine."""

    method: str
    scheme: str
    http_version: str
    local: bool


def load_facts(result: TraceResult) -> LoadFacts:
    """By the rows of the result's workload."""
    workload = {setting.name: setting.value for setting in result.workload}
    label = workload.get("scenario", "")
    return LoadFacts(
        method="POST" if re.search(r"post|upload", label) else "GET",
        scheme="https" if workload.get("TLS", "").startswith("on") else "http",
        http_version="2" if "h2" in label.split("/") else "1.1",
        local=workload.get("server", "").startswith("local"),
    )
