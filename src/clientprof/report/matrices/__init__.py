"""Versions by Pythons by loads."""
