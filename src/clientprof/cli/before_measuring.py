"""What every measuring command sees to before it measures: the command as it is recorded, the folder, the descriptors."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from clientprof.cli import CommandError

# Options whose value may name a folder of the user's.
_FILES = (
    "--out", "--ca", "--selfcheck", "--python", "--resume", "--markdown", "--harness-lines", "--save-baseline",
    "--against-baseline",
)  # fmt: skip


def public_command(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command as it may be published: without folders, and URLs without credentials and query."""
    public: list[str] = ["clientprof"]
    for index, word in enumerate(command):
        before = command[index - 1] if index else ""
        if before in _FILES:
            word = Path(word).name
        elif "://" in word:
            option = "--url=" if word.startswith("--url=") else ""
            word = option + _public_url(word.removeprefix(option))
        elif word.startswith(tuple(f"{option}=" for option in _FILES)):
            option, _, path = word.partition("=")
            word = f"{option}={Path(path).name}"
        public.append(word)
    return tuple(public)


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


def check_descriptors(concurrency: int) -> None:
    """Raise the soft limit where the hard one allows the load; say so where it does not."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * concurrency + 64
    if soft >= needed or soft == resource.RLIM_INFINITY:
        return
    if hard not in (resource.RLIM_INFINITY,) and hard < needed:
        raise CommandError(
            f"-n {concurrency} needs {needed} file descriptors and the system allows {hard}; "
            f"raise the hard limit (`ulimit -Hn`) or use fewer requests",
            code=2,
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
