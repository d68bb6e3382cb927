"""Suspects that a package removes or brings."""
