"""What can go wrong with the local server."""


class OriginError(Exception):
    """The origin cannot start, or is gone. One line: what is wrong and what to do."""
