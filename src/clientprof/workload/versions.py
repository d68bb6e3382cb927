"""The version that is measured must be the one that was asked for, and the one that the package says it is.

Installing niquests, for one, replaces urllib3 by a fork: then the metadata and the module disagree.
"""

import importlib.metadata
import re

from clientprof.clients.adapter import Adapter


class VersionMismatch(Exception):
    """What is installed is not what was asked for, or not what it claims to be."""


def verified_version(adapter: Adapter, asked: str | None = None) -> str:
    """The client's version, once module, metadata and ``asked`` (None for any) agree.

    Raises:
        ImportError: the client is not installed.
        VersionMismatch: they differ; the message names both and what to do.
    """
    said = adapter.module_version()
    if adapter.package:
        listed = importlib.metadata.version(adapter.package)
        if not same_version(said, listed):
            raise VersionMismatch(
                f"{adapter.package} is installed as {listed} and its module says {said}: another package replaced it, "
                f"or the installation is broken; measure it as {adapter.name}=={listed}, in an environment of its own"
            )
    if asked is not None and not same_version(said, asked):
        raise VersionMismatch(f"{adapter.name}=={asked} was asked for and {said} is installed")
    return said


def unlike_known(adapter: type[Adapter], error: Exception) -> str | None:
    """The sentence for an error that says that this version has other names or arguments than the adapter uses, as of a
    release that is newer or older than those it was written for; None for any other error."""
    if not isinstance(error, (AttributeError, ImportError, TypeError)) or not adapter.package:
        return None
    try:
        version = importlib.metadata.version(adapter.package)
    except importlib.metadata.PackageNotFoundError:
        return None
    return (
        f"{adapter.package} {version} does not work as clientprof uses it, which was written for {adapter.known_versions} "
        f"({type(error).__name__}: {error})"
    )


def same_version(one: str, other: str) -> bool:
    """Whether two spellings name one version (PEP 440): ``2.0`` and ``2.0.0``, ``1.0rc1`` and ``1.0.rc.1``."""
    return _normal(one) == _normal(other)


def _normal(version: str) -> tuple[str, str]:
    text = version.strip().lower().removeprefix("v")
    release = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    if release is None:
        return "", text
    numbers = [int(number) for number in release[0].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    rest = re.sub(r"[-_.]", "", text[release.end() :])
    for long, short in (("alpha", "a"), ("beta", "b"), ("preview", "rc"), ("pre", "rc")):
        rest = rest.replace(long, short)
    return ".".join(map(str, numbers)), rest
