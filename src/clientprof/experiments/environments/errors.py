"""The one exception of this package."""


class EnvironmentProblem(Exception):
    """An environment that cannot be had. The message says why and what is possible instead."""
