"""Links to released sources: right tag and folder, and none where the release cannot be known."""

import pytest

from clientprof.attribution.costs.permalinks import permalink, sources_of
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.provenance.measured_sources import MeasuredSource
from clientprof.model.results import FunctionCost

VERSIONS = {"httpcore": "1.0.9", "aiohttp": "3.14.5", "anyio": "4.16.0", "httpcore2": "2.16.2", "mylib": "1.0"}


@pytest.mark.parametrize(
    ("file", "origin", "link"),
    [
        ("httpcore/_utils.py", "package", "https://github.com/encode/httpcore/blob/1.0.9/httpcore/_utils.py#L7"),
        ("aiohttp/client.py", "package", "https://github.com/aio-libs/aiohttp/blob/v3.14.5/aiohttp/client.py#L7"),
        ("anyio/abc/_tasks.py", "package", "https://github.com/agronholm/anyio/blob/4.16.0/src/anyio/abc/_tasks.py#L7"),
        (
            "httpcore2/_utils.py",
            "package",
            "https://github.com/pydantic/httpx2/blob/v2.16.2/src/httpcore2/httpcore2/_utils.py#L7",
        ),
        ("asyncio/events.py", "stdlib", "https://github.com/python/cpython/blob/v3.11.7/Lib/asyncio/events.py#L7"),
        ("<frozen abc>", "stdlib", None),
        ("httpcore/_utils.py", "app", None),
        ("mylib/a.py", "package", None),
        ("h11/_util.py", "package", None),
        ("", "package", None),
    ],
)
def test_a_location_s_link_is_its_line_at_the_installed_version_s_tag(file: str, origin: str, link: str | None) -> None:
    assert sources_of(VERSIONS, "3.11.7").link(file, 7, origin) == link


@pytest.mark.parametrize("version", ["1.0.10.dev3", "1.0.9+local", "", "../../evil"])
def test_a_version_without_a_tag_has_no_link(version: str) -> None:
    assert sources_of({"httpcore": version}, version).roots == {}


def test_a_function_s_permalink_is_its_location_s_and_none_without_a_line() -> None:
    zero = Estimate(0.0, None, None, "us", 0)
    row = FunctionCost(Layer.POOL, "httpcore._utils", "f", "httpcore/_utils.py", 7, "package", zero, zero, None)
    assert permalink(row, sources_of(VERSIONS)) == "https://github.com/encode/httpcore/blob/1.0.9/httpcore/_utils.py#L7"
    assert sources_of(VERSIONS).link("httpcore/_utils.py", 0, "package") is None


def test_a_source_is_linked_at_its_published_commit_and_another_source_not_at_all() -> None:
    link = "https://github.com/encode/httpcore/blob/1a2b/src/"
    published = MeasuredSource("httpx", "httpcore", "1.0.9", "1a2b", "commit", "c", "1a2b", link=link)
    other = MeasuredSource("httpx", "mylib", "1.0", "3c4d-dirty", "tree", "d", "3c4d", dirty=True)
    found = sources_of({"httpcore": "1.0.9@1a2b", "mylib": "1.0@3c4d-dirty"}, "", (published, other))
    assert found.roots == {"httpcore": link}
    assert found.link("httpcore/_utils.py", 7, "package") == f"{link}httpcore/_utils.py#L7"
