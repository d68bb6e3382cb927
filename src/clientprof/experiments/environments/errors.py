"""What goes wrong on the way to an environment."""


class EnvironmentProblem(Exception):
    """An environment that cannot be had. The message says why and what is possible instead."""


class InterpreterProblem(EnvironmentProblem):
    """An interpreter that was asked for and cannot be had: a word of the command is wrong, nothing of the machine failed."""
