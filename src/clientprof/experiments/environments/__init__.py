"""Environments for versions of clients: made once, kept in the user's cache folder, used by every later command.

The way of a spec: ``subjects`` decides whether it runs here or in an environment of its own; ``recipe`` says what that
environment consists of and gives its key; ``store`` looks it up or has it made by ``build`` under a ``lock``; ``check``
asks the finished environment itself what it holds.
"""
