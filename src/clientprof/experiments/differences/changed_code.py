"""Reading what differs in the code of a comparison's arms, function by function, from the files that are measured.

Arms of different clients are not compared: their functions have nothing to do with each other.
"""

import ast
import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from clientprof.clients import CLIENTS
from clientprof.experiments.environments.subjects import Subject
from clientprof.model.differences.changed_code import ArmCode, FunctionCode
from clientprof.workload.other_environment import command_in, variables_without_leaks
from clientprof.workload.package_files import package_files

_TIMEOUT_S = 60.0
# Characters of one arm that a recording keeps: a hundred thousand lines changed say nothing line by line.
_MOST_CHARACTERS = 1_000_000
# Folders of a package that no request runs: a release may leave out tests that its repository has.
_TESTS = {"test", "tests"}


def changed_code(subjects: Sequence[Subject]) -> tuple[ArmCode, ...]:
    """The functions that are not the same in all arms, by arm; empty where the arms are of several clients, or all alike."""
    if len({subject.adapter for subject in subjects}) != 1 or len(subjects) < 2:
        return ()
    kind = CLIENTS[subjects[0].adapter]
    sources = [source.package for subject in subjects for source in subject.sources]
    packages = tuple(dict.fromkeys(filter(None, (kind.package, *kind.packages, *sources))))
    texts = [_texts(_files_of(subject, packages)) for subject in subjects]
    differing = {file for each in texts for file in each if len({other.get(file) for other in texts}) > 1}
    arms = [
        {
            (code.file, code.function): code
            for file in sorted(differing & text.keys())
            for code in functions_of(file, text[file])
        }
        for text in texts
    ]
    alike = {
        name for name in set.intersection(*(set(arm) for arm in arms)) if len({arm[name].text for arm in arms}) == 1
    }
    found = tuple(
        _kept(subject.label, [code for name, code in arm.items() if name not in alike])
        for subject, arm in zip(subjects, arms, strict=True)
    )
    return found if any(arm.functions for arm in found) else ()


def functions_of(file: str, text: str) -> list[FunctionCode]:
    """The functions of a module, by qualified name as frames have it; those of one name (getter and setter) are one.

    A module that this Python cannot read has none.
    """
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    lines = text.split("\n")  # as the parser counts: a form feed ends no line
    found: dict[str, FunctionCode] = {}
    for name, first, last in _places(module, ""):
        body = "\n".join(lines[first - 1 : last])
        known = found.get(name)
        found[name] = FunctionCode(file, name, first, body) if known is None else _joined(known, body)
    return list(found.values())


def _joined(known: FunctionCode, body: str) -> FunctionCode:
    return FunctionCode(known.file, known.function, known.line, f"{known.text}\n{body}")


def _places(node: ast.AST, prefix: str) -> Iterator[tuple[str, int, int]]:
    """Qualified name, first line (a decorator's, as code objects count) and last line of every function below a node."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([child.lineno, *(each.lineno for each in child.decorator_list)])
            yield prefix + child.name, first, child.end_lineno or child.lineno
            yield from _places(child, f"{prefix}{child.name}.<locals>.")
        elif isinstance(child, ast.ClassDef):
            yield from _places(child, f"{prefix}{child.name}.")
        else:
            yield from _places(child, prefix)


def _kept(client: str, functions: Sequence[FunctionCode]) -> ArmCode:
    kept: list[FunctionCode] = []
    room = _MOST_CHARACTERS
    for code in functions:
        room -= len(code.text)
        if room < 0:
            break
        kept.append(code)
    return ArmCode(client, tuple(kept), len(functions) - len(kept))


def _files_of(subject: Subject, packages: Sequence[str]) -> dict[str, str]:
    """The packages' Python files where the subject is measured; none where that cannot be asked."""
    if subject.python is None:
        return package_files(packages)
    command = command_in(subject.python, "clientprof.workload.package_files", *packages)
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL, env=variables_without_leaks(),
        )  # fmt: skip
        found = json.loads(ran.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    return {str(file): str(path) for file, path in found.items()}


def _texts(files: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for file, path in files.items():
        if not _TESTS.isdisjoint(file.split("/")[1:-1]):
            continue
        try:
            found[file] = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
    return found
