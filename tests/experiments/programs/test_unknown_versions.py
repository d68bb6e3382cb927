"""A client of a version that nobody has seen: what it lacks is named in one sentence, and the program goes on."""

from pathlib import Path

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import Limit
from measured import measured

# As a next major version may be: another session, other responses.
NEXT = """
import time
__version__ = "99.0"
class Response:
    status = 200
class Session:
    def request(self, method, url):
        time.sleep(0.02)
        return Response()
"""
PROGRAM = """
from niquests.sessions import Session
session = Session()
for _ in range(5):
    session.request("GET", "http://localhost/")
print("made 5")
"""


def test_what_a_version_lacks_is_one_sentence_and_where_it_waits_is_not_known(tmp_path: Path) -> None:
    package = tmp_path / "niquests"
    package.mkdir()
    (package / "__init__.py").write_text("__version__ = '99.0'\n")
    (package / "sessions.py").write_text(NEXT)
    (tmp_path / "app.py").write_text(PROGRAM)
    ended = measured(tmp_path, str(tmp_path / "app.py"))
    assert (ended.code, ended.output, ended.errors, ended.requests) == (0, b"made 5\n", b"", 5), ended.own
    assert ended.recording is not None
    result = program_result(ended.recording)
    (lacking,) = [notice.text for notice in result.notices if "this version of niquests has no" in notice.text]
    assert "niquests.sessions:Session.send" in lacking
    assert result.answer.limit is Limit.UNKNOWN
    assert "a version of it that is not known here" in result.answer.sentence
