"""``--try``: what can be written, what a suspect does in a program, and the sentence where it can do nothing."""

import re

import pytest

from clientprof.experiments.programs.trying.asked import AskedError, names, parse_asked
from clientprof.experiments.programs.trying.seen import why_not_here, why_without_effect
from tried import PLAIN, seen


def test_suspects_keep_their_order_and_are_tried_once() -> None:
    found = parse_asked(["http2,sniffio", "limit=512, sniffio"])
    assert [each.name for each in found] == ["http2", "sniffio", "limit=512"]
    assert [each.id for each in found] == ["http2", "sniffio-missing", "more-connections"]


def test_everything_that_is_offered_can_be_asked_for() -> None:
    for name in names():
        assert parse_asked([name.replace("NUMBER", "7")])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("snifio", "did you mean sniffio"),
        ("limit", "write limit=NUMBER"),
        ("limit=0", "from 1 to"),
        ("limit=many", "from 1 to"),
        ("http2=yes", "only limit takes a number"),
        ("newer-python", "--python"),
        ("queue-in-pool", "clientprof explain --suspect queue-in-pool"),
        (" , ", "name what to try"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_what_can(text: str, said: str) -> None:
    with pytest.raises(AskedError, match=r"\A[^\n]+\Z") as refused:
        parse_asked([text])
    assert said in str(refused.value)


def test_the_code_to_paste_has_the_limit_that_was_tried() -> None:
    (asked,) = parse_asked(["limit=64"])
    assert "max_connections=64" in asked.suspicion.code
    assert "512" not in asked.suspicion.code


@pytest.mark.parametrize("word", [name for name in names() if "=" not in name])
def test_no_code_to_paste_has_a_place_left_to_fill(word: str) -> None:
    (asked,) = parse_asked([word])
    assert not {"LIMIT", "KEEPALIVE", "CONCURRENCY"} & set(re.findall(r"[A-Z]+", asked.suspicion.code))


@pytest.mark.parametrize(
    ("name", "lines", "said"),
    [
        ("sniffio", ({**PLAIN, "client": "aiohttp"},), "made no request by httpx; it calls aiohttp"),
        ("lock-yield", ({**PLAIN, "client": "httpx-sync"},), "by its blocking Client"),
        ("aiohttp-cookie-jar", (PLAIN,), "made no request by aiohttp; it calls httpx"),
    ],
)
def test_a_client_that_the_program_does_not_call_cannot_be_changed(
    name: str, lines: tuple[dict[str, object], ...], said: str
) -> None:
    (asked,) = parse_asked([name])
    assert said in str(why_not_here(asked, seen(*lines)))


def test_a_package_that_is_installed_already_is_no_remedy(tmp_path: object) -> None:
    (asked,) = parse_asked(["sniffio"])
    folder = tmp_path / "site-packages"  # type: ignore[operator]
    (folder / "sniffio").mkdir(parents=True)
    path = {"path": ["", str(folder)]}
    assert why_not_here(asked, seen(PLAIN, path)) == "sniffio is installed already"
    assert why_not_here(asked, seen(PLAIN, {"path": [str(tmp_path)]})) is None


_OWN = {**PLAIN, "transport": "mine.Transport", "settings": {"limit": None, "http2": None}}


@pytest.mark.parametrize(
    ("name", "lines", "http2", "said"),
    [
        ("limit=64", (_OWN,), 0, "a transport of the program's own: mine.Transport"),
        ("http2", (PLAIN,), 0, "none of 10 requests was answered over HTTP/2"),
        ("aiohttp-transport", (_OWN,), 0, "a transport of the program's own: mine.Transport"),
        ("uvloop", (PLAIN,), 0, "chooses its event loop itself: asyncio.unix_events"),
    ],
)
def test_a_change_that_reaches_nothing_is_said_to_have_no_effect(
    name: str, lines: tuple[dict[str, object], ...], http2: int, said: str
) -> None:
    (asked,) = parse_asked([name])
    assert said in str(why_without_effect(asked, seen({"applied": name}, *lines, http2=http2)))


@pytest.mark.parametrize(
    ("name", "lines", "http2"),
    [
        ("limit=64", ({**PLAIN, "settings": {"limit": 64}},), 0),
        ("limit=64", ({**PLAIN, "settings": {}, "transport": "httpx_aiohttp.transport.AiohttpTransport"},), 0),
        ("http2", (PLAIN,), 1),
        ("uvloop", ({**PLAIN, "loop": "uvloop.Loop"},), 0),
        ("lock-yield", (PLAIN,), 0),
    ],
)
def test_a_change_that_took_effect_is_kept(name: str, lines: tuple[dict[str, object], ...], http2: int) -> None:
    (asked,) = parse_asked([name])
    assert why_without_effect(asked, seen({"applied": name}, *lines, http2=http2)) is None


def test_a_patch_that_finds_nothing_to_change_says_what_it_looked_for() -> None:
    (asked,) = parse_asked(["lock-yield"])
    assert why_without_effect(asked, seen(PLAIN, {"refused": "lock-yield", "why": "no such lock"})) == "no such lock"
    assert why_without_effect(asked, seen(PLAIN)) == "the program does not import httpx or httpx2"
