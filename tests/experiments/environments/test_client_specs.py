"""What may be written for a client, its canonical form, and what is said where nothing can be meant."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.clients import CLIENTS
from clientprof.experiments.environments.client_specs import ClientSpec, Part, PythonAsked, SpecError

NAMES = st.sampled_from(["sniffio", "uvloop", "brotli", "h2", "zstandard", "truststore"])
VERSIONS = st.none() | st.sampled_from(["0.27.2", "1.3.0", "4.0.0rc1", "2026.10.18", "1!2.0"])
EXTRAS = st.sets(st.sampled_from(["http2", "socks", "brotli"]), max_size=2).map(lambda extras: tuple(sorted(extras)))
PYTHONS = st.none() | st.sampled_from(["3.11", "3.14.2", "3.13t", "3.15.0a1"]).map(PythonAsked)
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
        ("httpx@py3.14", ClientSpec("httpx", python=PythonAsked("3.14"))),
        (
            "httpx==0.28.1+sniffio@py3.13.0t",
            ClientSpec("httpx", version="0.28.1", added=(Part("sniffio"),), python=PythonAsked("3.13.0t")),
        ),
        (
            "httpx+sniffio@py:/opt/c++/a@py3.1/bin/python3",
            ClientSpec("httpx", added=(Part("sniffio"),), python=PythonAsked(path="/opt/c++/a@py3.1/bin/python3")),
        ),
    ],
)
def test_every_form_is_read(text: str, spec: ClientSpec) -> None:
    assert ClientSpec.parse(text, CLIENTS) == spec


@given(st.sampled_from(list(CLIENTS)), EXTRAS, VERSIONS, PARTS, PYTHONS)
def test_a_label_is_read_back_as_the_same_spec(
    client: str, extras: tuple[str, ...], version: str | None, parts: list[Part], python: PythonAsked | None
) -> None:
    if not CLIENTS[client].package:
        extras, version = (), None
    spec = ClientSpec(client, extras, version, tuple(sorted(parts, key=lambda part: part.name)), python)
    assert ClientSpec.parse(spec.label, CLIENTS) == spec
    assert spec.plain == (spec.label == client)


def test_a_label_holds_no_path_and_the_version_once_that_is_known() -> None:
    assert ClientSpec("httpx", python=PythonAsked(path="/home/me/bin/python3")).label == "httpx@py:python3"
    assert ClientSpec("httpx", python=PythonAsked("3.14.2", "/home/me/bin/python3")).label == "httpx@py3.14.2"


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("httpx2@git:.@v2.3", [("httpx2", ".", "v2.3")]),
        ("httpx2@../tree", [("httpx2", "../tree", None)]),
        ("httpx2@python-tree", [("httpx2", "python-tree", None)]),
        ("httpx2@./py3.14/x", [("httpx2", "./py3.14/x", None)]),
        ("httpx2@.@py3.14", [("httpx2", ".", None)]),
        ("httpx2@git:../a/httpx2@feature/x@py:/opt/python", [("httpx2", "../a/httpx2", "feature/x")]),
        ("httpx+httpcore@../httpcore", [("httpcore", "../httpcore", None)]),
        ("httpx@a+httpcore[http2]@git:b@main@{1}+sniffio", [("httpx", "a", None), ("httpcore", "b", "main@{1}")]),
    ],
)
def test_another_text_behind_the_at_is_a_source_of_the_client_or_of_a_package_beside_it(
    text: str, sources: list[tuple[str, str, str | None]]
) -> None:
    spec = ClientSpec.parse(text, CLIENTS)
    parts = [Part(spec.adapter, source=spec.source), *spec.added]
    assert [(part.name, part.source.path, part.source.revision) for part in parts if part.source] == sources
    assert spec.from_source
    assert not spec.plain
    assert "/a/" not in spec.label


def test_a_path_that_exists_keeps_its_plus_signs(tmp_path: Path) -> None:
    wheel = tmp_path / "c++" / "httpx-1.0+local-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    spec = ClientSpec.parse(f"httpx@{wheel}+sniffio", CLIENTS)
    assert spec.source is not None
    assert (spec.source.path, spec.added) == (str(wheel), (Part("sniffio"),))
    spec = ClientSpec.parse(f"httpx@git:{wheel.parent}@main+sniffio", CLIENTS)
    assert spec.source is not None
    assert (spec.source.path, spec.source.revision, spec.added) == (str(wheel.parent), "main", (Part("sniffio"),))


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
        ("httpx@3.14", "write httpx@py3.14 for another Python, or httpx@py:PATH"),
        ("httpx+sniffio@python3.12", "write httpx+sniffio@py3.12 for another Python"),
        ("httpx@py3", "write httpx@py3.14 for another Python"),
        ("httpx@py", "write httpx@py3.14 for another Python"),
        ("httpx@git:.", "write httpx@git:PATH@REV for a commit"),
        ("httpx@git:.@", "write httpx@git:PATH@REV for a commit"),
        ("httpx==0.28.1@tree", "is no version"),
        ("floor@tree", "part of clientprof and has no versions"),
        ("httpx+httpx@tree", "adds httpx to itself"),
        ("httpx@py:", "names no Python after @py:; write httpx@py:PATH"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(text: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        ClientSpec.parse(text, CLIENTS)
    assert said in str(caught.value)
