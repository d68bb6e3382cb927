"""Names of functions and files as one line of printable text: what clients, servers and code call things is hostile."""


def one_line(text: str) -> str:
    """The text with everything that is not printable escaped: line breaks, controls, marks of direction, surrogates."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
