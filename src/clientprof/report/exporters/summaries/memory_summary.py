"""``clients[].memory`` of the summary."""

from dataclasses import asdict

from clientprof.model.costs.memory import FunctionBytes, Growth, MemoryCosts


def memory_summary(memory: MemoryCosts | None) -> dict[str, object] | None:
    """Bytes by layer and function; None without the lens ``memory``."""
    if memory is None:
        return None
    return {
        "in_flight": memory.in_flight,
        "bytes_per_request": memory.per_request,
        "apart": memory.apart,
        "bytes_of_one_alone": memory.alone,
        "bytes_per_connection": memory.per_connection,
        "bytes_per_client": memory.per_client,
        "sockets": memory.sockets,
        "idle_sockets": memory.idle_sockets,
        "resident_bytes": memory.resident_bytes,
        "layers": [
            {
                "layer": str(row.layer),
                "bytes_per_request": row.per_request,
                "again": row.again_per_request,
                "share": memory.share(row),
                "bytes_per_connection": row.per_connection,
                "bytes_per_client": row.per_client,
            }
            for row in memory.layers
        ],
        "functions": _functions(memory.functions),
        "growth": None if memory.growth is None else _growth(memory.growth),
    }


def _growth(growth: Growth) -> dict[str, object]:
    return {
        "held_bytes_per_request": asdict(growth.traced),
        "resident_bytes_per_request": None if growth.resident is None else asdict(growth.resident),
        "garbage_bytes_per_request": asdict(growth.garbage_bytes),
        "garbage_objects_per_request": asdict(growth.garbage_objects),
        "functions": _functions(growth.functions),
    }


def _functions(rows: tuple[FunctionBytes, ...]) -> list[dict[str, object]]:
    return [
        {
            "layer": str(row.layer),
            "module": row.module,
            "function": row.function,
            "file": row.file,
            "line": row.line,
            "bytes_per_request": row.bytes_per_request,
            "blocks_per_request": row.blocks_per_request,
        }
        for row in rows
    ]
