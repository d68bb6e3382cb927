"""Which function of one arm is which of the other: by name, and followed where the code's own location tells.

Functions are compared within one top-level package. Packages of one source under two names, such as ``httpx`` and
``httpx2``, are one (``ONE_SOURCE``) where an arm has only one of the two. The rules, in order, each applied only to what the
rules before left over on both sides, and each only where exactly one pair fits:

1. same name: same module, same qualified name;
2. moved to another class: same file, same last part of the name, first lines at most 30 apart;
3. moved to another module: same qualified name in another module of the package, and no third function of that name on
   either side;
4. renamed: same file and same class, between the same two matched neighbours in line order, its first line as far from both
   (within 2 lines) as before, so that both the code above it and its own length are unchanged.

Only functions that were seen count as neighbours. What no rule matches is on one side only. Nothing is matched by likeness.

Rule 1 alone is applied where a package has the same version in both arms: what one arm shows and the other does not was not
seen there by chance. (Tried on random parts of the functions of seven packages, the same versions on both sides: rules 2 to
4 made 105 pairs, all of two different functions.) The same goes for the standard library, after ``MOVED_MODULES``, although
arms on two interpreters have two versions of it: its modules hold many classes with the same few method names. (Random parts
of 3.11.7's and 3.14.10's: of 190 pairs that rules 2 to 4 made, 83 were two functions that both versions have.)
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from clientprof.model.differences.between_arms import Followed
from clientprof.model.samples import CodeLocation

Identity = tuple[str, str]
# Packages that went on under another name, and the name they had: what is in both has the same modules and classes.
ONE_SOURCE: Mapping[str, str] = {"httpx2": "httpx", "httpcore2": "httpcore"}
# Modules of the standard library that went on in another place from 3.12 to 3.15, and their place in 3.11: read off by
# comparing all functions of these versions. (Functions rewritten in C have no frame to match.)
MOVED_MODULES: Mapping[str, str] = {
    "_pydatetime": "datetime",
    "_py_warnings": "warnings",
    "compression._common._streams": "_compression",
    "importlib.resources._functional": "importlib.resources._legacy",
    "pathlib._local": "pathlib",
    "profiling.tracing": "cProfile",
    "zipfile._path": "zipfile",
}
_STDLIB = "stdlib"
NEAR_LINES = 30
SAME_LINES = 2


@dataclass(frozen=True, slots=True)
class Match:
    """A function of the candidate and the baseline's it is; one side is None where it is alone."""

    baseline: CodeLocation | None
    candidate: CodeLocation | None
    followed: Followed

    @property
    def location(self) -> CodeLocation:
        found = self.candidate or self.baseline
        assert found is not None, "a match of nothing"
        return found


def match_functions(
    baseline: Iterable[CodeLocation], candidate: Iterable[CodeLocation], unchanged: Collection[str] = ()
) -> tuple[Match, ...]:
    """All functions of both sides, each once. ``unchanged`` are top-level packages of the same version on both sides."""

    def may_have_moved(code: CodeLocation) -> bool:
        return code.origin != _STDLIB and _package(code) not in unchanged

    old, shown_old = _by_identity(baseline)
    new, shown_new = _by_identity(candidate)
    found: list[Match] = [Match(old[name], new[name], Followed.NAME) for name in new if name in old]
    paired = {name: name for name in new if name in old}
    left = {name: code for name, code in shown_old.items() if name not in paired and may_have_moved(code)}
    right = {name: code for name, code in shown_new.items() if name not in paired and may_have_moved(code)}
    everyone = (shown_old.values(), shown_new.values())
    rules: tuple[tuple[Followed, Callable[[], list[tuple[Identity, Identity]]]], ...] = (
        (Followed.MOVED_CLASS, lambda: _moved_class(left, right)),
        (Followed.MOVED_MODULE, lambda: _moved_module(left, right, *everyone)),
        (Followed.RENAMED, lambda: _renamed_between(left, right, shown_old, shown_new, paired)),
    )
    for followed, pairs in rules:
        for was, now in pairs():
            found.append(Match(old[was], new[now], followed))
            paired[now] = was
            del left[was], right[now]
    known = set(paired.values())
    found += [Match(None, new[name], Followed.ALONE) for name in new if name not in paired]
    found += [Match(old[name], None, Followed.ALONE) for name in old if name not in known]
    return tuple(found)


def identity(code: CodeLocation) -> Identity:
    """What makes two codes of one arm the same function: module and qualified name (getter and setter are one)."""
    return (code.module or code.file, code.function)


def _by_identity(
    codes: Iterable[CodeLocation],
) -> tuple[dict[Identity, CodeLocation], dict[Identity, CodeLocation]]:
    """The functions of one side by identity, as they are and as they are compared: in packages of one source, and in the
    module where the standard library had them first, unless something of that name is there too."""
    side = list(codes)
    packages = {_package(code) for code in side}
    taken = {identity(code) for code in side}
    renames = {now: was for now, was in ONE_SOURCE.items() if was not in packages}
    real: dict[Identity, CodeLocation] = {}
    shown: dict[Identity, CodeLocation] = {}
    for code in side:
        compared = _renamed(code, renames)
        if code.origin == _STDLIB and code.module in MOVED_MODULES:
            first = replace(code, module=MOVED_MODULES[code.module])
            compared = code if identity(first) in taken else first
        real[identity(compared)], shown[identity(compared)] = code, compared
    return real, shown


def _renamed(code: CodeLocation, renames: Mapping[str, str]) -> CodeLocation:
    top, dot, rest = code.module.partition(".")
    if top not in renames:
        return code
    folder, slash, path = code.file.partition("/")
    file = f"{renames[top]}{slash}{path}" if folder == top else code.file
    return replace(code, module=f"{renames[top]}{dot}{rest}", file=file)


def _package(code: CodeLocation) -> str:
    return code.module.partition(".")[0]


def _class(code: CodeLocation) -> str:
    return code.function.rpartition(".")[0]


def _only_pairs(
    left: Mapping[Identity, CodeLocation],
    right: Mapping[Identity, CodeLocation],
    key: Callable[[CodeLocation], object],
    fits: Callable[[CodeLocation, CodeLocation], bool] = lambda was, now: True,
) -> list[tuple[Identity, Identity]]:
    """Pairs with the same key that fit, where neither fits anything else."""
    groups: dict[object, list[Identity]] = defaultdict(list)
    for name, code in left.items():
        groups[key(code)].append(name)
    edges = [(was, now) for now, code in right.items() for was in groups.get(key(code), ()) if fits(left[was], code)]
    once_left = [was for was, _ in edges]
    once_right = [now for _, now in edges]
    return [(was, now) for was, now in edges if once_left.count(was) == 1 and once_right.count(now) == 1]


def _moved_class(
    left: Mapping[Identity, CodeLocation], right: Mapping[Identity, CodeLocation]
) -> list[tuple[Identity, Identity]]:
    return _only_pairs(
        left,
        right,
        lambda code: (code.file, code.function.rpartition(".")[2]),
        lambda was, now: was.line > 0 and now.line > 0 and abs(was.line - now.line) <= NEAR_LINES,
    )


def _moved_module(
    left: Mapping[Identity, CodeLocation],
    right: Mapping[Identity, CodeLocation],
    old: Iterable[CodeLocation],
    new: Iterable[CodeLocation],
) -> list[tuple[Identity, Identity]]:
    def key(code: CodeLocation) -> tuple[str, str]:
        return _package(code), code.function

    counts: list[dict[tuple[str, str], int]] = []
    for side in (old, new):
        count: dict[tuple[str, str], int] = defaultdict(int)
        for code in side:
            count[key(code)] += 1
        counts.append(count)
    return [
        (was, now)
        for was, now in _only_pairs(left, right, key)
        if _package(left[was]) and all(count[key(left[was])] == 1 for count in counts) and "<" not in left[was].function
    ]


def _renamed_between(
    left: Mapping[Identity, CodeLocation],
    right: Mapping[Identity, CodeLocation],
    old: Mapping[Identity, CodeLocation],
    new: Mapping[Identity, CodeLocation],
    paired: Mapping[Identity, Identity],
) -> list[tuple[Identity, Identity]]:
    before, after = _neighbours(old), _neighbours(new)
    pairs: list[tuple[Identity, Identity]] = []
    for now, code in right.items():
        above, below = after[now]
        if above is None or below is None or above not in paired or below not in paired:
            continue
        around = (paired[above], paired[below])
        fitting = [
            was
            for was, other in left.items()
            if (other.file, _class(other)) == (code.file, _class(code))
            and before[was] == around
            and _as_far(other, [old[name] for name in around], code, [new[above], new[below]])
        ]
        if len(fitting) == 1:
            pairs.append((fitting[0], now))
    return pairs


def _neighbours(side: Mapping[Identity, CodeLocation]) -> dict[Identity, tuple[Identity | None, Identity | None]]:
    files: dict[str, list[Identity]] = defaultdict(list)
    for name, code in side.items():
        files[code.file].append(name)
    found: dict[Identity, tuple[Identity | None, Identity | None]] = {}
    for names in files.values():
        ordered = sorted(names, key=lambda name: side[name].line)
        for above, name, below in zip([None, *ordered], ordered, [*ordered[1:], None], strict=False):
            found[name] = (above, below)
    return found


def _as_far(
    was: CodeLocation, around_was: Sequence[CodeLocation], now: CodeLocation, around_now: Sequence[CodeLocation]
) -> bool:
    return all(
        abs((was.line - then.line) - (now.line - today.line)) <= SAME_LINES
        for then, today in zip(around_was, around_now, strict=True)
    )
