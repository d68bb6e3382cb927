"""The README's picture: the top of a report of the gallery in Chromium, as a PNG below a size.

    python benchmarks/gallery/screenshot.py        reports/httpx-vs-aiohttp/report.html -> reports/screenshot.png
    python benchmarks/gallery/screenshot.py PAGE.html PICTURE.png --section flame

Needs the extra `test` (playwright) and chromium. Exit code 1 if the picture is over its size.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

_REPORTS = Path(__file__).resolve().parents[2] / "reports"
AT_MOST_BYTES = 200_000
_WIDTH, _HEIGHT = 1280, 860


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", nargs="?", type=Path, default=_REPORTS / "httpx-vs-aiohttp" / "report.html")
    parser.add_argument("picture", nargs="?", type=Path, default=_REPORTS / "screenshot.png")
    parser.add_argument("--section", metavar="ID", help="begin at this section instead of the top")
    options = parser.parse_args(arguments)
    chromium = shutil.which("chromium")
    if chromium is None or not options.page.is_file():
        print(f"screenshot: {'no chromium' if chromium is None else f'no {options.page}'}", file=sys.stderr)
        return 1
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": _WIDTH, "height": _HEIGHT}, color_scheme="light", reduced_motion="reduce"
        )
        page.goto(options.page.resolve().as_uri())
        page.locator("html.started").wait_for(state="attached")
        if options.section:
            page.locator(f"#{options.section}").evaluate("part => part.scrollIntoView()")
        page.screenshot(path=options.picture)
        browser.close()
    size = options.picture.stat().st_size
    print(f"{options.picture}: {size:,} bytes", file=sys.stderr)
    return int(size > AT_MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
