"""The command that a recording keeps can be published: no folders, no credentials, no queries."""

import pytest

from clientprof.cli.arguments.before_measuring import public_command


@pytest.mark.parametrize(
    ("words", "public"),
    [
        (("--url", "http://user:pw@host:81/path?token=1#part"), ("--url", "http://host:81/path")),
        (("--url=https://user@[::1]:8443/a?b",), ("--url=https://[::1]:8443/a",)),
        (("--url", "http://host"), ("--url", "http://host")),
        (("--url", "http://[::1"), ("--url", "(an unreadable URL)")),
        (("--out", "/home/somebody/reports"), ("--out", "reports")),
        (("--out=/home/somebody/reports",), ("--out=reports",)),
        (("--url", "https://h/", "--ca", "/home/somebody/ca.pem"), ("--url", "https://h/", "--ca", "ca.pem")),
        (("--out", "/home/somebody/reports/"), ("--out", "reports/")),
        (("--out", "~/reports"), ("--out", "reports")),
        (("--out", r"C:\Users\somebody\reports"), ("--out", "reports")),
        (("--patch", "httpx:get=/home/somebody/mine.py:fast"), ("--patch", "httpx:get=mine.py:fast")),
        (("--patch=httpx:get=../mine.py:fast",), ("--patch=httpx:get=mine.py:fast",)),
        (("/home/somebody/recording.clientprof",), ("recording.clientprof",)),
        (("httpx2@/home/somebody/tree",), ("httpx2@tree",)),
        (("--client=httpx+httpcore@../mine/core@py3.14",), ("--client=httpx+httpcore@core@py3.14",)),
        (("httpx2@git:/home/somebody/tree@feature/x", "httpx2@."), ("httpx2@git:tree@feature/x", "httpx2@.")),
        (("-n", "8", "--lens", "control"), ("-n", "8", "--lens", "control")),
    ],
)
def test_only_what_may_be_published_is_kept(words: tuple[str, ...], public: tuple[str, ...]) -> None:
    assert public_command(("trace", *words)) == ("clientprof", "trace", *public)
