#!/usr/bin/env bash
# eventlet 0.41.3: `import eventlet` fails in an environment that also has httpx2[http2] and trio, though no program
# uses them together.
#
# eventlet imports parts of dnspython anew, with its own sockets in the place of the standard library's. dnspython 2.9.2
# tries httpcore2 for DNS over HTTPS, which comes with httpx2, where h2 is there too; httpcore2 tries trio; and trio
# takes methods from the class of sockets as it is imported, of which eventlet's has not all. So AttributeError, not
# ImportError, comes out of optional imports of four packages, and none of them is at fault alone. Without any one of
# the others eventlet is imported as ever. An SDK that moves from httpx to httpx2 can so take a service down that never
# looks up a name over HTTPS.
#
# Seen: eventlet alone: imported; beside httpx2 2.16.2: imported; beside httpx2 and trio 0.35.0: AttributeError: type
# object 'GreenSocket' has no attribute 'sendmsg'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
see() {
  { "$folder/venv/bin/python" -W ignore -c 'import eventlet; print("imported")' 2>&1 || true; } | tail -1
}
pip() { "$folder/venv/bin/pip" install -q --disable-pip-version-check "$@"; }
pip eventlet==0.41.3 dnspython==2.9.2
alone=$(see)
pip 'httpx2[http2]==2.16.2'
beside=$(see)
pip trio==0.35.0
both=$(see)
printf '%s\n' "alone: $alone" "beside httpx2: $beside" "beside httpx2 and trio: $both"
[ "$alone" = imported ]
[ "$beside" = imported ]
[ "$both" = "AttributeError: type object 'GreenSocket' has no attribute 'sendmsg'" ]
