"""Whether a changed client still behaves: the checks, their process, what it is told."""
