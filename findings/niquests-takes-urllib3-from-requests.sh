#!/usr/bin/env bash
# niquests 3.21.2: installing it beside requests changes what requests runs on, no tool says so, and removing it leaves
# requests broken.
#
# niquests needs urllib3-future 2.25.904, whose files lie where urllib3's do. requests then imports the other package
# under the old name: the metadata, `pip list` and `pip check` go on showing urllib3 2.8.0. So a benchmark of requests
# depends on what else is in its environment, and a report that takes versions from the metadata names one that did not
# run. `pip uninstall` of both takes the shared files with it, after which `pip check` still finds nothing to say.
#
# Seen: requests 2.34.2 alone: module 2.8.0, 1,636 function calls for a request. With niquests: metadata 2.8.0, module
# 2.25.904, 1,906 calls. Both uninstalled again: metadata 2.8.0, `import requests` ends with ModuleNotFoundError.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
pip() { "$folder/venv/bin/python" -m pip --disable-pip-version-check "$@"; }
cat > "$folder/seen.py" <<'EOF'
import importlib.metadata
import socketserver
import sys
import threading

print("metadata", importlib.metadata.version("urllib3"), end=", ")
try:
    import requests
    import urllib3
except ImportError as error:
    print(type(error).__name__)
    sys.exit()


class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(65536):
            self.request.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine")


server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
calls = 0


def count(frame, event, argument):
    global calls
    calls += event == "call"


with requests.Session() as session:
    for asked in range(30):
        sys.setprofile(count if asked >= 10 else None)
        assert session.get(f"http://127.0.0.1:{server.server_address[1]}/").text == "fine"
sys.setprofile(None)
print("module", urllib3.__version__, round(calls / 20))
EOF
see() { echo "$1: $("$folder/venv/bin/python" "$folder/seen.py")"; pip check > /dev/null; }
pip install -q requests==2.34.2 urllib3==2.8.0
alone=$(see alone)
pip install -q niquests==3.21.2 urllib3-future==2.25.904
beside=$(see beside)
pip uninstall -q -y niquests urllib3-future
removed=$(see removed)
printf '%s\n' "$alone" "$beside" "$removed"
[[ "$alone" == "alone: metadata 2.8.0, module 2.8.0 "* ]]
[[ "$beside" == "beside: metadata 2.8.0, module 2.25.904 "* ]]
[ "$removed" = "removed: metadata 2.8.0, ModuleNotFoundError" ]
[ "${beside##* }" -gt "$((${alone##* } * 105 / 100))" ]
