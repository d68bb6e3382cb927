"""Puts the origin's CA into the trust stores that a client uses by itself, in a view of the files that it alone has.

``python default_trust.py CA_FOLDER -- COMMAND...`` runs the command so. The folder holds ``ca.pem`` and the same certificate
by the name that OpenSSL looks for in a folder of certificates (``<hash>.0``). It is run by the client's own interpreter, by
path, and needs the standard library alone.

Theory of operation. Clients differ in where they look: certifi's bundle, the file or the folder that OpenSSL was built with,
the places that Linux distributions have (truststore, libcurl). Naming another file by a variable would change what some of
them do: httpx2 then builds another kind of context. So each of these stores keeps its place and its size, and gets one
certificate more: a copy is mounted over it in a private mount namespace (mount_namespaces(7)), which nobody else sees and
which ends with the process. Variables that name another store are taken away, for the same reason.

Where mounts are not allowed, variables name such a copy after all; ``--probe`` prints which of the two it will be.
"""

import ctypes
import hashlib
import importlib.util
import os
import shutil
import ssl
import sys
from pathlib import Path

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# Where systems keep all certificates in one file, as truststore, Go and libcurl look for them.
_FILES = (
    "/etc/ssl/cert.pem", "/etc/pki/tls/cert.pem", "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
)  # fmt: skip
_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000


def main(arguments: list[str]) -> None:
    """Run the command; does not return where that works."""
    if arguments == ["--probe"]:
        print("mounts" if private_mounts() else "variables")
        return
    folder, command = Path(arguments[0]), arguments[2:]
    for name in VARIABLES:
        os.environ.pop(name, None)
    certifi, files, folders = stores()
    own = Path(folder, f"stores-{os.getpid()}")
    own.mkdir()
    if private_mounts():
        for place in folders:
            _mount(_folder_with(place, folder, own), place)
        for place in files:
            _mount(_file_with(place, folder, own), place)
    else:
        chosen = next(iter([*certifi, *files]), None)
        bundle = str(folder / "ca.pem" if chosen is None else _file_with(chosen, folder, own))
        os.environ.update(dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), bundle))
    os.execvp(command[0], command)


def stores() -> tuple[list[Path], list[Path], list[Path]]:
    """certifi's bundle where there is one; it and all other files of certificates; folders of them. Links are followed."""
    spec = importlib.util.find_spec("certifi")
    bundles = [] if spec is None or spec.origin is None else [Path(spec.origin).with_name("cacert.pem")]
    found = ssl.get_default_verify_paths()
    files = [*bundles, *(Path(each) for each in (found.openssl_cafile, *_FILES))]
    folders = [Path(found.openssl_capath)]

    def real(places: list[Path], kind: str) -> list[Path]:
        return list(dict.fromkeys(place.resolve() for place in places if getattr(place, kind)()))

    return real(bundles, "is_file"), real(files, "is_file"), real(folders, "is_dir")


def private_mounts() -> bool:
    """Whether this process now has a view of the files of its own, in which it may mount.

    A child tries it first: what is refused half-way cannot be taken back. In a user namespace without a map of users (Ubuntu
    gives such ones away), the client could not read its own files any more.
    """
    if sys.platform != "linux":
        return False
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if _own_view() else 1
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0 and _own_view()


def _own_view() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(_CLONE_NEWNS) != 0:
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS) != 0:
            return False
        try:
            for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
                Path("/proc/self", name).write_text(text, encoding="ascii")
        except OSError:
            return False
    return bool(libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None) == 0)


def _mount(copy: Path, place: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(bytes(copy), bytes(place), None, _MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), f"cannot mount over {place.name}: {os.strerror(ctypes.get_errno())}")


def _file_with(place: Path, ca_folder: Path, own: Path) -> Path:
    copy = own / hashlib.sha256(bytes(place)).hexdigest()[:16]
    copy.write_bytes(place.read_bytes().rstrip(b"\n") + b"\n" + Path(ca_folder, "ca.pem").read_bytes())
    shutil.copymode(place, copy)
    return copy


def _folder_with(place: Path, ca_folder: Path, own: Path) -> Path:
    copy = own / hashlib.sha256(bytes(place)).hexdigest()[:16]
    copy.mkdir()
    for entry in place.iterdir():
        if entry.is_file():  # links of certificates that are gone are of no use to anybody
            shutil.copyfile(entry, copy / entry.name)
    for named in ca_folder.glob("*.0"):
        shutil.copyfile(named, copy / named.name)
    copy.chmod(0o755)
    return copy


if __name__ == "__main__":
    main(sys.argv[1:])
