"""TLS costs of the sample's client: one client, a store of some size, a handshake for each connection."""

from clientprof.model.costs.tls_costs import TlsCosts, TlsPart, TlsWork
from clientprof.model.estimate import Estimate


def sample_tls() -> TlsCosts:
    """409 handshakes, three of them resumed."""
    each = {
        TlsWork.CLIENT: (1, 320.5),
        TlsWork.CONTEXT: (1, 270.0),
        TlsWork.STORE: (1, 17_900.0),
        TlsWork.WRAP: (409, 27.4),
        TlsWork.HANDSHAKE: (409, 361.9),
    }
    parts = tuple(
        TlsPart(work, count, Estimate(us, us * 0.97, us * 1.03, "us", count)) for work, (count, us) in each.items()
    )
    return TlsCosts(1024, parts, 409, 3, Estimate(0.02, -0.01, 0.05, "log-log slope", 10))
