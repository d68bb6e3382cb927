"""Which hosts have to be looked up."""

import ipaddress


def is_name(host: object) -> bool:
    """Whether that must be looked up: neither an address nor the absence of a host."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(text, str) or not text:
        return False
    try:
        ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return True
    return False
