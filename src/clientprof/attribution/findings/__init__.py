"""Rules that turn counts and costs into findings, by subject. None names a version: they look at what was measured."""
