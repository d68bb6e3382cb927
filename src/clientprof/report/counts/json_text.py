"""Exact counts as JSON, schema ``clientprof.counts/1``: whole numbers over ``requests`` requests."""

import json
from typing import Any

from clientprof.model.counts.exact import CountsResult, ExactCounts, FunctionDifference

SCHEMA = "clientprof.counts/1"


def counts_json(result: CountsResult) -> str:
    """The result, one text."""
    data = {
        "schema": SCHEMA,
        "command": list(result.command),
        "scenario": result.scenario,
        "clients": [client_object(client) for client in result.clients],
        "changes": {name: [_change(row) for row in rows] for name, rows in result.changes.items()},
        "against_real": [
            {
                "client": real.client,
                "per_request": [
                    {"name": row.name, "exact": row.counted, "real": row.other, "ratio": row.ratio} for row in real.rows
                ],
                "functions": [_change(row, "real_calls") for row in real.functions],
            }
            for real in result.real
        ],
    }
    return json.dumps(data, indent=2)


def client_object(client: ExactCounts) -> dict[str, Any]:
    """One client."""
    return {
        "client": client.client,
        "version": client.version,
        "python": client.python,
        "packages": dict(client.packages),
        "sources": [
            {"package": source.package, "version": source.version, "commit": source.commit, "branch": source.branch,
             "dirty": source.dirty, "content": source.content}
            for source in client.sources
        ],
        "scenario": client.scenario,
        "requests": client.requests,
        "totals": client.totals(),
        "functions": [
            {"layer": row.layer, "module": row.location.module, "function": row.location.function,
             "file": row.location.file, "line": row.location.line, "calls": row.calls, "bytecodes": row.bytecodes}
            for row in client.functions
        ],
        "inexact": list(client.inexact),
        "notes": list(client.notes),
    }  # fmt: skip


def _change(row: FunctionDifference, other: str = "base_calls") -> dict[str, Any]:
    found: dict[str, Any] = {
        "layer": row.layer,
        "function": row.location.name,
        "file": row.location.file,
        "line": row.location.line,
        "calls_per_request": row.calls,
        f"{other}_per_request": row.other_calls,
    }
    if row.bytecodes is not None or row.other_bytecodes is not None:
        found |= {"bytecodes_per_request": row.bytecodes, "base_bytecodes_per_request": row.other_bytecodes}
    return found
