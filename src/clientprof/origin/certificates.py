"""A certificate authority and a leaf for this machine, made anew for each server and gone with it."""

import hashlib
import shutil
import ssl
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from clientprof.origin.errors import OriginError

CA_FOLDER_PREFIX = "clientprof-origin-"
_NAMES_EACH = 64


@dataclass(frozen=True, slots=True)
class Certificates:
    """What TLS needs: the server's context, and the file (PEM) that clients verify it against."""

    context: ssl.SSLContext
    ca_file: str
    by_address: Mapping[str, ssl.SSLContext] = field(default_factory=dict)

    def context_for(self, address: str) -> ssl.SSLContext:
        """What serves TLS on that address."""
        return self.by_address.get(address, self.context)


@contextmanager
def temporary_certificates(addresses: Iterable[str], *, http2: bool) -> Iterator[Certificates]:
    """Certificates for 127.0.0.1, ::1, localhost and ``addresses``; the CA's file is removed on leaving.

    ALPN offers http/1.1, and before it h2 with ``http2``.

    Raises:
        OriginError: trustme is not installed.
    """
    try:
        import trustme
    except ImportError:
        raise OriginError("the origin's TLS needs trustme: pip install trustme, or go without --tls") from None
    authority = trustme.CA()

    def context_of(names: Iterable[str]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
        authority.issue_cert(*dict.fromkeys(names)).configure_cert(context)
        return context

    # One certificate with 2,000 names would make each handshake 20 kB longer.
    known = tuple(addresses)
    context = context_of(("127.0.0.1", "::1", "localhost", *known[:_NAMES_EACH]))
    by_address: dict[str, ssl.SSLContext] = {}
    for first in range(_NAMES_EACH, len(known), _NAMES_EACH):
        names = known[first : first + _NAMES_EACH]
        by_address |= dict.fromkeys(names, context_of(names))
    folder = Path(tempfile.mkdtemp(prefix=CA_FOLDER_PREFIX))
    try:
        ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(ca_file))
        (folder / f"{_subject_hash(authority.cert_pem.bytes())}.0").write_bytes(authority.cert_pem.bytes())
        yield Certificates(context, str(ca_file), by_address)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _subject_hash(pem: bytes) -> str:
    """The name by which OpenSSL finds a certificate in a folder: of its subject, in canonical form (X509_NAME_hash).

    Canonical is UTF-8 in lower case with single blanks, without the outer sequence's head (openssl/crypto/x509/x_name.c).
    """
    from cryptography import x509

    subject = x509.load_pem_x509_certificate(pem).subject
    canonical = x509.Name(
        [x509.NameAttribute(each.oid, " ".join(str(each.value).lower().split())) for each in subject]
    ).public_bytes()
    head = 2 if canonical[1] < 0x80 else 2 + (canonical[1] & 0x7F)
    return f"{int.from_bytes(hashlib.sha1(canonical[head:], usedforsecurity=False).digest()[:4], 'little'):08x}"


def remove_ca_folder(ca_file: str) -> None:
    """Remove what a server that was killed could not; touches only folders that ``temporary_certificates`` makes."""
    folder = Path(ca_file).parent
    if folder.name.startswith(CA_FOLDER_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def certificate_files(folder: Path, addresses: Iterable[str]) -> tuple[Path, Path]:
    """The server's key with its certificate, and the CA's certificate, as files (PEM) in ``folder``.

    Raises:
        OriginError: trustme is not installed.
    """
    try:
        import trustme
    except ImportError:
        raise OriginError("TLS in memory needs trustme: pip install trustme, or go without --tls") from None
    authority = trustme.CA()
    server, ca = folder / "server.pem", folder / "ca.pem"
    authority.issue_cert(*dict.fromkeys(addresses)).private_key_and_cert_chain_pem.write_to_path(str(server))
    authority.cert_pem.write_to_path(str(ca))
    return server, ca
