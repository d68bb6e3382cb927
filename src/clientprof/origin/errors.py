"""What can go wrong with the local server."""


class OriginError(Exception):
    """The origin cannot start, or is gone. One line: what is wrong and what to do."""


class MissingEncoding(Exception):
    """A compressed body was asked for whose package is not installed here. One line that names the package."""
