"""The gallery in ``reports/``: every entry measured, scrubbed and rendered, and the index made from the summaries.

    cd benchmarks/gallery
    python make_gallery.py                         all of it, about 40 minutes on a machine without other work
    python make_gallery.py --only httpx-vs-aiohttp,fastapi-service
    python make_gallery.py --from DIR              renders recordings of earlier runs below DIR, measures nothing
    python make_gallery.py --only none             only the index
    python make_gallery.py --quick --out /tmp/g    tries the command out; figures mean nothing, so not into reports/

Extra `service` is needed for the FastAPI service. Exit code 1 if an entry failed or the gallery is over its size; entries
that were there before stay.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import gallery_index
from clientprof.recording.run_file import RecordingError
from gallery_entries import ENTRIES, Entry
from gallery_folder import GalleryError, make

REPORTS = Path(__file__).resolve().parents[2] / "reports"
TOTAL_AT_MOST_BYTES = 6_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the entries asked for, then the index over all that are there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="A,B", help="these entries; none: only the index")
    parser.add_argument("--from", type=Path, metavar="DIR", dest="source", help="render recordings below this folder")
    parser.add_argument("--quick", action="store_true", help="small runs, to try the command out; needs --out")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: reports/ of this repository")
    options = parser.parse_args(arguments)
    if options.quick and options.out is None:
        parser.error("--quick gives figures that are worth nothing: name another folder with --out")
    entries = _chosen(parser, options.only)
    out = options.out or REPORTS
    out.mkdir(parents=True, exist_ok=True)
    failed = 0
    for entry in entries:
        print(f"gallery: {entry.name}", file=sys.stderr, flush=True)
        try:
            make(entry, out, options.source, quick=options.quick)
        except (GalleryError, RecordingError) as error:
            failed += 1
            print(f"gallery: {entry.name}: {error}", file=sys.stderr, flush=True)
    shown = gallery_index.rows(ENTRIES, out)
    (out / "README.md").write_text(gallery_index.markdown(shown), encoding="utf-8")
    (out / "index.html").write_text(gallery_index.page(shown), encoding="utf-8")
    return int(failed > 0 or not _small_enough(out))


def _chosen(parser: argparse.ArgumentParser, only: str | None) -> list[Entry]:
    names = None if only is None else [name for name in only.split(",") if name != "none"]
    known = [entry.name for entry in ENTRIES]
    for name in names or ():
        if name not in known:
            parser.error(f"no entry {name!r}; there are {', '.join(known)}")
    return [entry for entry in ENTRIES if names is None or entry.name in names]


def _small_enough(out: Path) -> bool:
    folders = [out / entry.name for entry in ENTRIES]
    total = sum(path.stat().st_size for folder in folders for path in folder.glob("*"))
    print(f"gallery: {total / 1e6:.1f} MB of {TOTAL_AT_MOST_BYTES / 1e6:.0f} MB in {out}", file=sys.stderr)
    return total <= TOTAL_AT_MOST_BYTES


if __name__ == "__main__":
    sys.exit(main())
