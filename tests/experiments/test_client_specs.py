"""What may be written for a client, its canonical form, and what is said where nothing can be meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.clients import CLIENTS
from clientprof.experiments.client_specs import ClientSpec, Part, SpecError

NAMES = st.sampled_from(["sniffio", "uvloop", "brotli", "h2", "zstandard", "truststore"])
VERSIONS = st.none() | st.sampled_from(["0.27.2", "1.3.0", "4.0.0rc1", "2026.10.18", "1!2.0"])
EXTRAS = st.sets(st.sampled_from(["http2", "socks", "brotli"]), max_size=2).map(lambda extras: tuple(sorted(extras)))
PARTS = st.lists(st.builds(Part, NAMES, EXTRAS, VERSIONS), max_size=3, unique_by=lambda part: part.name)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("httpx", ClientSpec("httpx")),
        ("aiohttp==3.12.15", ClientSpec("aiohttp", version="3.12.15")),
        ("httpx[http2]", ClientSpec("httpx", extras=("http2",))),
        ("httpx==0.28.1+sniffio", ClientSpec("httpx", version="0.28.1", added=(Part("sniffio"),))),
        (
            "httpx[socks, http2]==0.28.1+uvloop+sniffio==1.3.0",
            ClientSpec("httpx", ("http2", "socks"), "0.28.1", (Part("sniffio", (), "1.3.0"), Part("uvloop"))),
        ),
    ],
)
def test_every_form_is_read(text: str, spec: ClientSpec) -> None:
    assert ClientSpec.parse(text, CLIENTS) == spec


@given(st.sampled_from(list(CLIENTS)), EXTRAS, VERSIONS, PARTS)
def test_a_label_is_read_back_as_the_same_spec(
    client: str, extras: tuple[str, ...], version: str | None, parts: list[Part]
) -> None:
    if not CLIENTS[client].package:
        extras, version = (), None
    spec = ClientSpec(client, extras, version, tuple(sorted(parts, key=lambda part: part.name)))
    assert ClientSpec.parse(spec.label, CLIENTS) == spec
    assert spec.plain == (spec.label == client)


def test_spellings_of_one_spec_have_one_label() -> None:
    one = ClientSpec.parse("HTTPX[Http2,socks]==0.28.1+uvloop+SniffIO", CLIENTS)
    other = ClientSpec.parse(" httpx[socks,http2]==0.28.1+sniffio+uvloop ", CLIENTS)
    assert one == other
    assert one.label == "httpx[http2,socks]==0.28.1+sniffio+uvloop"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("htpx", "no client 'htpx'; did you mean httpx"),
        ("", "names nothing; write NAME, NAME==VERSION"),
        ("httpx+", "names nothing after +"),
        ("httpx>=0.27", "one exact version can be measured, such as httpx==1.2.3"),
        ("httpx~=0.27", "one exact version can be measured"),
        ("httpx @ git+https://host/repository", "one exact version can be measured"),
        ("httpx==", "'' is no version; write one exact version, such as httpx==1.2.3"),
        ("httpx==newest", "'newest' is no version"),
        ("httpx[]", "'' is no extra"),
        ("httpx[http2", "is no client; write NAME"),
        ("httpx+sniffio+sniffio==1.3.0", "adds sniffio twice"),
        ("httpx==0.28.1+httpx==0.27.2", "adds httpx to itself"),
        ("-httpx", "is no client; write NAME"),
        ("../httpx", "is no client; write NAME"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(text: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        ClientSpec.parse(text, CLIENTS)
    assert said in str(caught.value)
