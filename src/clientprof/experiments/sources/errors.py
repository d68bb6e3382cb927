"""What goes wrong with a source."""

from clientprof.experiments.environments.errors import EnvironmentProblem


class SourceProblem(EnvironmentProblem):
    """A source that cannot be measured: a word of the command is wrong, or the tree is. The first line says why and what is
    possible; lines after it, if any, are the last that a build printed."""

    @property
    def sentence(self) -> str:
        """The first line, which names no folder of the machine."""
        return str(self).partition("\n")[0]
