"""The first sentence about a program: what limits its requests."""
