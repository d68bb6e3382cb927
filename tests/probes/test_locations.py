"""Code is named by where it is, never by what it says."""

from types import FunctionType

from clientprof.probes.locations import locate


def function(path: str) -> FunctionType:
    """The function that ``path`` would define; the text is the same for all paths."""
    names: dict[str, FunctionType] = {}
    exec(compile("def idle(self):\n    return self.state == 'idle'\n", path, "exec"), names)
    return names["idle"]


def test_the_same_text_in_two_files_is_two_functions() -> None:
    asynchronous, blocking = function("/site-packages/pool/_async.py"), function("/site-packages/pool/_sync.py")
    assert asynchronous.__code__ == blocking.__code__
    assert locate(asynchronous.__code__).module == "pool._async"
    assert locate(blocking.__code__).module == "pool._sync"
