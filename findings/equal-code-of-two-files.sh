#!/usr/bin/env bash
# Functions of two files share one code object's place in every dictionary, cache and set that is keyed by code.
#
# CPython compares code objects by what they say (name, first line, bytecode, constants), not by co_filename.
# httpcore 1.0.9 generates its _sync folder from _async, line by line, so functions of both are equal: a profiler that
# keeps a dictionary or functools.cache by code names the blocking pool's functions as the asynchronous pool's.
#
# Seen (CPython 3.11.7 and 3.13.0, httpcore 1.0.9):
#   is_idle: different files True, equal True, hash equal True
#   equal functions of the two connection classes: __repr__, can_handle_request, has_expired, info, is_available, is_closed,
#   is_idle
#   cached name of the blocking is_idle: _async/connection.py
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check httpcore==1.0.9
"$folder/venv/bin/python" - <<'PYTHON'
import functools
import inspect

import httpcore._async.connection as asynchronous
import httpcore._sync.connection as blocking


@functools.cache
def file_of(code):
    return "/".join(code.co_filename.split("/")[-2:])


one = asynchronous.AsyncHTTPConnection.is_idle.__code__
other = blocking.HTTPConnection.is_idle.__code__
print("is_idle: different files", one.co_filename != other.co_filename, "equal", one == other, "hash equal", hash(one) == hash(other))
pairs = [
    name
    for name, function in inspect.getmembers(asynchronous.AsyncHTTPConnection, inspect.isfunction)
    if hasattr(blocking.HTTPConnection, name) and function.__code__ == getattr(blocking.HTTPConnection, name).__code__
]
print("equal functions of the two connection classes:", ", ".join(pairs))
file_of(one)
print("cached name of the blocking is_idle:", file_of(other))
assert one.co_filename != other.co_filename
assert one == other
assert file_of(other) == "_async/connection.py"
assert "is_idle" in pairs
PYTHON
