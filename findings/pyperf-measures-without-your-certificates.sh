#!/usr/bin/env bash
# pyperf 2.11.0: a benchmark of an HTTPS client trusts other certificates in the processes that measure than in the one
# started.
#
# pyperf measures in processes that it starts with a handful of variables. SSL_CERT_FILE, HTTPS_PROXY and
# PYTHONASYNCIODEBUG are not among them. So the same script verifies against the system's certificates (150 of them,
# which also take time to read) where it was told to use one of its own, goes around the proxy, and runs without the
# loop's debug mode. --copy-env hands all of them on. Nothing is said without it, unless the verification fails.
#
# Seen: with SSL_CERT_FILE set to a file of one certificate: started with 1 trusted, measured with none of it or the
# system's; with --copy-env 1 and 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pyperf==2.11.0 trustme==1.2.1
cat > "$folder/bench.py" <<'EOF'
import os
import ssl
import sys

import pyperf

runner = pyperf.Runner(processes=1, values=1, warmups=0, loops=1)
names = ("SSL_CERT_FILE", "HTTPS_PROXY", "PYTHONASYNCIODEBUG")
trusted = len(ssl.create_default_context().get_ca_certs())
with open(sys.argv[0] + ".seen", "a") as seen:
    print("measures" if "--worker" in sys.argv else "starts", *(int(name in os.environ) for name in names), trusted, file=seen)
runner.bench_func("nothing", lambda: None)
EOF
"$folder/venv/bin/python" -c "import sys, trustme; trustme.CA().cert_pem.write_to_path(sys.argv[1])" "$folder/one.pem"
export SSL_CERT_FILE="$folder/one.pem" HTTPS_PROXY=http://127.0.0.1:9 PYTHONASYNCIODEBUG=1
for option in "" --copy-env; do
  "$folder/venv/bin/python" "$folder/bench.py" $option --quiet -o "$folder/out$option.json" > "$folder/said.txt" 2>&1
done
mapfile -t seen < "$folder/bench.py.seen"
echo "variables (SSL_CERT_FILE, HTTPS_PROXY, PYTHONASYNCIODEBUG) and certificates trusted:"
printf '  %s\n' "${seen[@]}"
[ "${seen[0]}" = "starts 1 1 1 1" ]
[[ "${seen[1]}" == "measures 0 0 0 "* && "${seen[1]}" != "measures 0 0 0 1" ]]
[ "${seen[2]} ${seen[3]}" = "starts 1 1 1 1 measures 1 1 1 1" ]
