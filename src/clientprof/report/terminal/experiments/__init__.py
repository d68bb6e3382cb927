"""Experiments on a terminal: what explains a client, and what remedies bring to a program."""
