"""What a folder must hold to before it is handed out: GitHub's limits and file types, links to lines of tags, no secret."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from clientprof.report.findings.finding_markdown import LENGTH_AT_MOST, LINKS_AT_MOST
from clientprof.report.findings.scrub import Scrubber

# What GitHub takes as an attachment, and how large: https://docs.github.com, "Attaching files".
_TYPES = {".md", ".py", ".svg", ".png", ".html", ".zip", ".json"}
_IMAGES = {".svg", ".png"}
FILE_AT_MOST_BYTES = 25_000_000
IMAGE_AT_MOST_BYTES = 10_000_000
REPRO_LINES = 60
_TEXTS = {".md", ".py", ".svg", ".html", ".json"}
_LINK = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)/blob/([^/\s)]+)/([^\s)#]+)#L([1-9][0-9]*)")
# Repositories whose tags carry a v, and those whose tags do not.
_WITH_V = {"aio-libs/aiohttp", "python-hyper/h11", "psf/requests", "pydantic/httpx2"}
_WITHOUT_V = {"encode/httpx", "encode/httpcore", "agronholm/anyio", "urllib3/urllib3"}
_BELOW_SRC = {"agronholm/anyio", "urllib3/urllib3", "psf/requests", "pydantic/httpx2"}


def problems(
    folder: Path, versions: Mapping[str, str], known: Scrubber, published: Sequence[str] = ()
) -> tuple[str, ...]:
    """Everything that forbids handing the folder out; empty where it is in order.

    ``versions`` are those of the measured packages; ``known`` knows what must not be in any text, ``published``
    is what links to published commits begin with.
    """
    found: list[str] = []
    for path in sorted(folder.iterdir()):
        limit = IMAGE_AT_MOST_BYTES if path.suffix in _IMAGES else FILE_AT_MOST_BYTES
        if path.suffix not in _TYPES:
            found.append(f"{path.name}: GitHub does not take files of this type")
        if path.stat().st_size > limit:
            found.append(f"{path.name}: {path.stat().st_size:,} bytes, {limit:,} are allowed")
        if path.suffix in _TEXTS:
            found += [f"{path.name}: {line}" for line in _private(path, known)]
    text = (folder / "finding.md").read_text(encoding="utf-8")
    if len(text) >= LENGTH_AT_MOST:
        found.append(f"finding.md: {len(text):,} characters, fewer than {LENGTH_AT_MOST:,} are allowed")
    found += [f"finding.md: {line}" for line in _links(text, versions, published)]
    repro = folder / "repro.py"
    if repro.exists() and len(repro.read_text(encoding="utf-8").splitlines()) > REPRO_LINES:
        found.append(f"repro.py: more than {REPRO_LINES} lines")
    return tuple(found)


def _private(path: Path, known: Scrubber) -> list[str]:
    """What is still private in a text. A page's and a picture's own markup is no path: there only known values count."""
    text = path.read_text(encoding="utf-8")
    found = [
        f"holds a {each.kind}" for each in known.private if re.search(rf"(?<!\w){re.escape(each.value)}(?!\w)", text)
    ]
    if path.name == "finding.md":
        scrubber = Scrubber(templates=known.templates)
        # Markup that ends an element looks like a path to nobody but a pattern; a template has no backslashes.
        scrubber(re.sub(r"\\(?=[^\w\s])", "", re.sub(r"</?\w+>", " ", text)))
        found += [f"holds a {kind}" for kind in scrubber.removed]
    return found


def _links(text: str, versions: Mapping[str, str], published: Sequence[str]) -> list[str]:
    found: list[str] = []
    links = re.findall(r"https://github\.com/[^\s)]+/blob/[^\s)]+", text)
    if len(links) > LINKS_AT_MOST:
        found.append(f"{len(links)} links to lines, {LINKS_AT_MOST} are allowed")
    for link in links:
        if link.startswith(tuple(published)):
            continue
        match = _LINK.fullmatch(link)
        if match is None:
            found.append(f"{link} is no link to a line of a tag")
            continue
        repository, tag, path, _ = match.groups()
        inner = path.split("/")
        package = inner[0]
        if repository in _BELOW_SRC:
            if inner[0] != "src":
                found.append(f"{link}: {repository} keeps its code below src/")
                continue
            package = inner[2] if repository == "pydantic/httpx2" else inner[1]
        version = versions.get(package)
        if repository not in _WITH_V | _WITHOUT_V:
            found.append(f"{link}: the tags of {repository} are not known")
        elif version is None or tag != (f"v{version}" if repository in _WITH_V else version):
            found.append(f"{link}: {tag} is not the tag of the measured {package} {version}")
    return found
