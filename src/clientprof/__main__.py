"""``python -m clientprof`` is the command line."""

import sys

from clientprof.cli import main

if __name__ == "__main__":
    sys.exit(main())
