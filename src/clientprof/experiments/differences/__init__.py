"""Measuring arms against each other: comparisons in blocks, and the search for a release."""
