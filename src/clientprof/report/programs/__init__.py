"""Views of a program."""
