"""What every measuring command sees to before it measures: the command as it is recorded, the folder, the descriptors."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from clientprof.cli import CommandError

# The folders of a path, wherever in a word it stands: `--out=/a/b`, `module:function=/a/b.py:name`, `C:\\a\\b`.
_FOLDERS = re.compile(r"(?:\b[A-Za-z]:(?=[\\/]))?[^=,:]*[\\/](?=[^\\/])")


def public_command(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command as it may be published: without folders, and URLs without credentials and query."""
    return ("clientprof", *(_public(word) for word in command))


def _public(word: str) -> str:
    option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    source = _public_source(value)
    if source is not None:
        return f"{option}{equals}{source}"
    if "://" in word:
        option = "--url=" if word.startswith("--url=") else ""
        return option + _public_url(word.removeprefix(option))
    return _FOLDERS.sub("", word)


def _public_source(word: str) -> str | None:
    """A client with sources as results may name it, None where the word is none."""
    if "@" not in word:
        return None
    from clientprof.clients import CLIENTS
    from clientprof.experiments.environments.client_specs import ClientSpec, SpecError

    try:
        spec = ClientSpec.parse(word, CLIENTS)
    except SpecError:
        return None
    return spec.label if spec.from_source else None


def _public_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(an unreadable URL)"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def writable(out: Path) -> Path:
    """The folder for reports, made if need be, before anything is measured."""
    import tempfile

    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(f"cannot write to --out {out}: {reason}; name a folder you may write to", code=2) from None
    return out


def check_descriptors(concurrency: int, hosts: int = 1, limit: int | None = None) -> None:
    """Raise the soft limit where the hard one allows the load; say so where it does not.

    A connection each, a quarter more that are closing while others open, a listening socket for each host.
    """
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = max(concurrency, limit or 0) * 5 // 4 + hosts + 128
    if soft >= needed or soft == resource.RLIM_INFINITY:
        return
    if hard not in (resource.RLIM_INFINITY,) and hard < needed:
        raise CommandError(
            f"{_asked(concurrency, hosts, limit)} needs {needed} file descriptors and the system allows {hard}; "
            f"raise the hard limit (`ulimit -Hn`) or use fewer requests{' or hosts' if hosts > 1 else ''}",
            code=2,
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _asked(concurrency: int, hosts: int, limit: int | None) -> str:
    """The options that make connections: ``-n 32 with --hosts 600``."""
    more = [f"--hosts {hosts}"] if hosts > 1 else []
    more += [f"--limit {limit}"] if limit is not None and limit > concurrency else []
    return f"-n {concurrency}{' with ' if more else ''}{' and '.join(more)}"
