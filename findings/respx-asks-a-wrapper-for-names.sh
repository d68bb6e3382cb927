#!/usr/bin/env bash
# respx 0.22.0: a wrapper around httpcore's handle_request, made with functools.wraps as is advised, makes every mocked
# request fail with KeyError.
#
# respx puts its mock in the place of that function and passes arguments on by the names that inspect.getfullargspec gives.
# That reads __signature__, but unlike inspect.signature it does not follow __wrapped__: of a careful wrapper it sees *args
# and **kwargs only, so "request" is missing. Whoever instruments httpcore (tracers, profilers, retries) meets it in other
# people's tests alone. A wrapper that also sets __signature__ is mocked like the original.
#
# Seen: plain 204; wrapped KeyError('request'); wrapped, with __signature__: 204.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q respx==0.22.0 httpx==0.28.1 httpcore==1.0.9
"$folder/venv/bin/python" - <<'EOF'
import functools
import inspect
import httpcore
import httpx
import respx


def careful(function):
    @functools.wraps(function)
    def timed(*args, **kwargs):
        return function(*args, **kwargs)

    return timed


def asked():
    with respx.mock:
        respx.get("http://127.0.0.1/").respond(204)
        try:
            return httpx.get("http://127.0.0.1/").status_code
        except KeyError as error:
            return repr(error)


seen = {"plain": asked()}
original = httpcore.ConnectionPool.handle_request
httpcore.ConnectionPool.handle_request = wrapper = careful(original)
assert inspect.signature(wrapper) == inspect.signature(original)
seen["wrapped"] = asked()
wrapper.__signature__ = inspect.signature(original)
seen["with __signature__"] = asked()
print(seen)
assert seen == {"plain": 204, "wrapped": "KeyError('request')", "with __signature__": 204}
EOF
