"""A process that sees the origin's CA in the trust stores of its client, where they are and as large as they are."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from clientprof.workload import default_trust

SCRIPT = Path(default_trust.__file__)
# What a process finds: certificates in the default context, the size of certifi's bundle, names in OpenSSL's folder.
SEEN = f"""
VARIABLES = {default_trust.VARIABLES!r}
import json, os, ssl, sys
import certifi
folder = ssl.get_default_verify_paths().openssl_capath
print(json.dumps({{
    "loaded": ssl.create_default_context().cert_store_stats()["x509"],
    "certifi": ssl.create_default_context(cafile=certifi.where()).cert_store_stats()["x509"],
    "folder": sorted(os.listdir(folder)) if os.path.isdir(folder) else [],
    "variables": sorted(name for name in os.environ if name in VARIABLES),
}}))
"""


def seen(command: list[str], **variables: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if name not in default_trust.VARIABLES}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment | variables)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.fixture(scope="module")
def ca_folder() -> Iterator[Path]:
    with OriginProcess(Options(tls=True)) as origin:
        assert origin.ready.ca_file is not None
        yield Path(origin.ready.ca_file).parent


def test_each_store_has_one_certificate_more_in_this_process_alone(ca_folder: Path) -> None:
    if not default_trust_by_mounts():
        pytest.skip("no private mounts may be made here")
    before = seen([sys.executable, "-c", SEEN])
    command = [sys.executable, "-P", str(SCRIPT), str(ca_folder), "--", sys.executable, "-c", SEEN]
    during = seen(command, SSL_CERT_FILE=str(ca_folder / "ca.pem"))
    assert during["variables"] == []
    assert during["certifi"] == before["certifi"] + 1
    assert during["loaded"] in (before["loaded"] + 1, before["loaded"])  # a folder is not loaded
    (named,) = ca_folder.glob("*.0")
    if before["folder"]:
        assert set(during["folder"]) - set(before["folder"]) == {named.name}
    assert seen([sys.executable, "-c", SEEN]) == before


def test_without_mounts_variables_name_a_copy_of_the_clients_store(ca_folder: Path) -> None:
    without = (
        "import sys; from clientprof.workload import default_trust as t; t.private_mounts = bool; t.main(sys.argv[1:])"
    )
    count = (
        "import os, ssl; context = ssl.create_default_context(cafile=os.environ['SSL_CERT_FILE']); "
        "print(context.cert_store_stats()['x509'])"
    )
    command = [sys.executable, "-c", without, str(ca_folder), "--", sys.executable, "-c", count]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) == seen([sys.executable, "-c", SEEN])["certifi"] + 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has private mounts")
def test_mounts_that_are_refused_half_way_leave_the_process_where_it_was() -> None:
    script = """
import os
from clientprof.workload import default_trust

def where():
    return [os.readlink(f"/proc/self/ns/{name}") for name in ("mnt", "user")]

own_view = default_trust._own_view
default_trust._own_view = lambda: own_view() and False
before = where()
assert not default_trust.private_mounts()
assert where() == before
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr


def test_the_certificate_has_the_name_that_openssl_looks_for(ca_folder: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to ask")
    (named,) = ca_folder.glob("*.0")
    asked = [openssl, "x509", "-hash", "-noout", "-in", str(ca_folder / "ca.pem")]
    assert named.stem == subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def default_trust_by_mounts() -> bool:
    probe = subprocess.run([sys.executable, "-P", str(SCRIPT), "--probe"], capture_output=True, text=True, timeout=60)
    return probe.stdout.strip() == "mounts"
