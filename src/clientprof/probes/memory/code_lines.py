"""The function that a line of a file belongs to: tracemalloc tells files and lines, layers are of functions."""

from collections.abc import Collection
from types import CodeType

from clientprof.model.samples import CodeLocation
from clientprof.probes.live_codes import live_codes
from clientprof.probes.locations import locate, module_of, shorten


class CodeLines:
    """Made once, when all modules are imported; of these ``files`` only."""

    def __init__(self, files: Collection[str]) -> None:
        self._codes: dict[tuple[str, int], CodeType] = {}
        for code in live_codes():
            if code.co_filename not in files:
                continue
            for line in {line for _, _, line in code.co_lines() if line is not None}:
                key = (code.co_filename, line)
                other = self._codes.get(key)
                # Of nested functions the inner one: a coroutine is allocated in its own first line, which is also the line
                # where the outer function makes the inner.
                if other is None or other.co_firstlineno < code.co_firstlineno:
                    self._codes[key] = code
        self._found: dict[tuple[str, int], CodeLocation] = {}

    def of(self, path: str, line: int) -> CodeLocation:
        """The innermost function with that line; the module itself where there is none."""
        key = (path, line)
        if key not in self._found:
            code = self._codes.get(key)
            if code is None:
                file, origin = shorten(path)
                self._found[key] = CodeLocation(module_of(path, file), "<module>", file, 0, origin)
            else:
                self._found[key] = locate(code)
        return self._found[key]
