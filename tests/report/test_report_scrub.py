"""What is private does not leave: planted paths, hosts, header values, names and values of the environment."""

import pytest

from clientprof.report.findings.scrub import Private, Scrubber, private_values

PRIVATE = private_values(
    {"API_TOKEN": "tok9", "BUILD_LABEL": "Team-Blue-77", "LANG": "en_US.UTF-8", "SHORT": "abc"},
    "melanie", "mel-laptop", "/home/melanie", ["https://api.secret.example:8443/v1"],
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "secret", "kind"),
    [
        ("FileNotFoundError: '/srv/app/conf/x.pem'", "srv", "path"),
        ("--ca-file=/etc/ssl/mine.pem", "mine", "path"),
        (r"C:\Users\Melanie\x.py failed", "Melanie", "path"),
        ("~/private/x.py", "private", "path"),
        ("--url https://u:pw@other.example/a?key=1", "other.example", "host"),
        ("--url https://u:pw@other.example/a?key=1", "pw", "credential"),
        ("http://127.0.0.1:80/x?session=1", "session", "query string"),
        ("connecting to api.secret.example failed", "secret", "host"),
        ("Authorization: Bearer abc.def.ghi", "abc", "header value"),
        ("X-Api-Key: 12345", "12345", "header value"),
        ("user melanie at mel-laptop", "melanie", "user name"),
        ("user melanie at mel-laptop", "laptop", "machine name"),
        ("label Team-Blue-77", "Blue", "value of the environment"),
        ("got tok9 back", "tok9", "value of the environment"),
    ],
)
def test_what_is_private_is_taken_out_and_counted(text: str, secret: str, kind: str) -> None:
    scrubber = Scrubber(PRIVATE)
    assert secret not in scrubber(text)
    assert scrubber.removed[kind] == 1


@pytest.mark.parametrize(
    "text",
    [
        "httpcore/_async/connection_pool.py",
        "https://github.com/encode/httpcore/blob/1.0.9/httpcore/_async/http11.py#L12",
        "http://127.0.0.1:8000/bytes/1024",
        "c512/1k, 5/10, read/write, and/or, 1.02 µs / request",
        "site/packages; en_US.UTF-8; abc",
        "",
    ],
)
def test_what_is_public_stays(text: str) -> None:
    scrubber = Scrubber(PRIVATE)
    assert scrubber(text) == text
    assert not scrubber.removed


def test_a_route_of_the_program_stays_and_a_path_beside_it_does_not() -> None:
    scrubber = Scrubber(PRIVATE, frozenset({"/items/{item_id}"}))
    assert scrubber("GET /items/{item_id} reads /srv/items/data.db") == "GET /items/{item_id} reads PATH"
    assert dict(scrubber.removed) == {"path": 1}


def test_names_that_many_have_are_not_private() -> None:
    assert private_values({}, "root", "localhost", "/root") == ()
    assert private_values({}, "melanie", "", "") == (Private("user name", "melanie"),)
