#!/usr/bin/env bash
# haralyzer 2.4.0: a HAR file that keeps to HAR 1.2 but was not written by Chrome raises KeyError.
#
# HAR 1.2 makes pageTimings.onLoad optional and knows no field _transferSize (names with an underscore are a tool's own).
# haralyzer's page_load_time and page_size_trans take both for granted. A file of a client without a page, as HTTP tools
# write it, is read, and then fails at two of its questions. get_load_time works.
#
# Seen: page_load_time: KeyError onLoad; page_size_trans: KeyError _transferSize; get_load_time 60.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q haralyzer==2.4.0
"$folder/venv/bin/python" - <<'EOF'
from haralyzer import HarParser


def entry(second):
    message = {"httpVersion": "HTTP/1.1", "cookies": [], "headers": [], "headersSize": -1, "bodySize": -1}
    return {
        "pageref": "page",
        "startedDateTime": f"2026-01-01T00:00:0{second}.000Z",
        "time": 30,
        "request": {**message, "method": "GET", "url": f"http://example.org/{second}", "queryString": []},
        "response": {
            **message,
            "status": 200,
            "statusText": "OK",
            "content": {"size": 2, "mimeType": "text/plain"},
            "redirectURL": "",
        },
        "cache": {},
        "timings": {"send": 0, "wait": 30, "receive": 0},
    }


page = {"startedDateTime": "2026-01-01T00:00:00.000Z", "id": "page", "title": "page", "pageTimings": {}}
har = {
    "log": {
        "version": "1.2",
        "creator": {"name": "by hand", "version": "1"},
        "pages": [page],
        "entries": [entry(0), entry(1)],
    }
}
read = HarParser(har).pages[0]
missing = []
for question in ("page_load_time", "page_size_trans"):
    try:
        getattr(read, question)
    except KeyError as error:
        missing.append(error.args[0])
print(f"missing: {missing}, get_load_time: {read.get_load_time(request_type='GET')}")
assert missing == ["onLoad", "_transferSize"]
EOF
