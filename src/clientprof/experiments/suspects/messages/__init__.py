"""Suspects in URLs, headers, cookies, parsers and bodies."""
