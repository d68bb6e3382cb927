"""The stacks that were seen in a lane, and the names of their code; one for each lane, whoever samples it."""

from types import CodeType

from clientprof.probes.programs.lanes import Lane
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import place_of
from clientprof.probes.sampling.stack_rows import StackRows


class StackNames:
    """``rows`` writes the lane's stacks; the names of what they point into are written with the next flush."""

    def __init__(self, lane: Lane, names: Names) -> None:
        self.lane = lane
        self.rows = StackRows(lane.recorder)
        self._names = names
        self._named = 0
        lane.before_flush.append(self._name_codes)

    def forget(self) -> None:
        """This is another process: the lane's numbers begin anew, with another one of these."""
        self.lane.before_flush.remove(self._name_codes)

    def _name_codes(self, _now_ns: int) -> None:
        codes: list[CodeType] = self.rows.codes
        while self._named < len(codes):
            code = codes[self._named]
            file, origin = place_of(code.co_filename)
            row = (self.lane.number, self._named, file, origin, code.co_qualname, code.co_firstlineno)
            self._names.add("code", row)
            self._named += 1
