"""Measuring over n."""
