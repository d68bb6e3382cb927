"""TLS handshakes between two engines in memory, against an authority made for the tests."""

import ssl

import trustme

from clientprof.probes.exchange import EXCHANGE

AUTHORITY = trustme.CA()


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost").configure_cert(context)
    return context


def client_context(*, trusting: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # its sessions are there as soon as the handshake is done
    if trusting:
        AUTHORITY.configure_trust(context)
    return context


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, session: ssl.SSLSession | None = None) -> ssl.SSLObject:
    """Both ends in memory, the client tagged as exchange 5 and the server as nobody."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname="localhost", session=session)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = {5: ours, -1: theirs}
    while waiting:
        for exchange, engine in list(waiting.items()):
            token = EXCHANGE.set(exchange)
            try:
                engine.do_handshake()
                del waiting[exchange]
            except ssl.SSLWantReadError:
                pass
            finally:
                EXCHANGE.reset(token)
    return ours
