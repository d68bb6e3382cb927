"""Functions are recognised by name, followed where file, class, line and neighbours leave one choice, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.attribution.differences.function_matching import MOVED_MODULES, Match, match_functions
from clientprof.model.differences.between_arms import Followed
from clientprof.model.samples import CodeLocation


def at(function: str, line: int, module: str = "pkg.pool") -> CodeLocation:
    return CodeLocation(module, function, module.replace(".", "/") + ".py", line, "package")


def followed(baseline: list[CodeLocation], candidate: list[CodeLocation]) -> dict[str, Match]:
    rows = match_functions(baseline, candidate)
    return {row.location.function: row for row in rows}


def test_the_same_name_in_the_same_module_is_the_same_function_wherever_its_line() -> None:
    row = followed([at("Pool.get", 10)], [at("Pool.get", 400)])["Pool.get"]
    assert (row.followed, row.baseline) == (Followed.NAME, at("Pool.get", 10))


@pytest.mark.parametrize(("was", "now"), [("httpx", "httpx2"), ("httpcore", "httpcore2")])
def test_packages_of_one_source_are_one_in_either_direction(was: str, now: str) -> None:
    old, new = [at("get", 1, f"{was}._client")], [at("get", 9, f"{now}._client")]
    for left, right in ((old, new), (new, old)):
        (row,) = match_functions(left, right)
        assert (row.followed, row.baseline, row.candidate) == (Followed.NAME, left[0], right[0])


def test_a_function_of_such_a_package_is_followed_as_any_other() -> None:
    old = [at("P.a", 10, "httpcore.pool"), at("P.walk", 30, "httpcore.pool"), at("P.z", 70, "httpcore.pool")]
    new = [at("P.a", 15, "httpcore2.pool"), at("P.scan", 35, "httpcore2.pool"), at("P.z", 76, "httpcore2.pool")]
    assert followed(old, new)["P.scan"].followed is Followed.RENAMED
    moved = followed([at("Pool.get", 10, "httpcore.pool")], [at("Pool.get", 90, "httpcore2._pools.sync")])
    assert moved["Pool.get"].followed is Followed.MOVED_MODULE


def test_packages_of_one_source_are_two_in_an_arm_that_has_both() -> None:
    old, new = at("get", 1, "httpx._client"), at("get", 1, "httpx2._client")
    rows = match_functions([old, new], [old, new])
    assert [(row.followed, row.baseline, row.candidate) for row in rows] == [
        (Followed.NAME, old, old),
        (Followed.NAME, new, new),
    ]
    assert {row.followed for row in match_functions([old], [at("get", 1, "urllib3._client")])} == {Followed.ALONE}


def test_a_method_in_another_class_of_the_same_place_has_moved() -> None:
    row = followed([at("Pool.assign", 100)], [at("BasePool.assign", 120)])["BasePool.assign"]
    assert (row.followed, row.baseline) == (Followed.MOVED_CLASS, at("Pool.assign", 100))


def test_a_method_in_another_class_far_away_has_not() -> None:
    assert {row.followed for row in match_functions([at("A.close", 100)], [at("B.close", 300)])} == {Followed.ALONE}


def test_two_possible_origins_are_no_origin() -> None:
    rows = match_functions([at("A.close", 100), at("B.close", 110)], [at("C.close", 105)])
    assert {row.followed for row in rows} == {Followed.ALONE}


def test_a_qualified_name_in_another_module_has_moved_unless_a_third_has_it() -> None:
    old, new = at("Pool.assign", 10, "pkg.pool"), at("Pool.assign", 500, "pkg._pools.sync")
    assert [row.followed for row in match_functions([old], [new])] == [Followed.MOVED_MODULE]
    third = at("Pool.assign", 7, "pkg.other")
    rows = match_functions([old, third], [new, third])
    assert [row.followed for row in rows if row.candidate == new] == [Followed.ALONE]


def test_a_function_between_the_same_neighbours_at_the_same_distances_was_renamed() -> None:
    old = [at("P.a", 10), at("P.walk", 30), at("P.z", 70)]
    new = [at("P.a", 15), at("P.scan", 35), at("P.z", 76)]
    row = followed(old, new)["P.scan"]
    assert (row.followed, row.baseline) == (Followed.RENAMED, at("P.walk", 30))


def test_a_function_of_another_length_between_the_same_neighbours_is_another() -> None:
    old = [at("P.a", 10), at("P.walk", 30), at("P.z", 70)]
    new = [at("P.a", 10), at("P.scan", 30), at("P.z", 95)]
    assert followed(old, new)["P.scan"].followed is Followed.ALONE


def test_a_function_of_another_class_or_without_a_neighbour_below_was_not_renamed() -> None:
    old = [at("P.a", 10), at("P.walk", 30), at("P.z", 70)]
    assert followed(old, [at("P.a", 10), at("Q.scan", 30), at("P.z", 70)])["Q.scan"].followed is Followed.ALONE
    assert followed(old[:2], [at("P.a", 10), at("P.scan", 30)])["P.scan"].followed is Followed.ALONE


def stdlib(function: str, line: int, module: str) -> CodeLocation:
    return CodeLocation(module, function, module.replace(".", "/") + ".py", line, "stdlib")


def test_the_standard_library_of_two_versions_is_matched_by_name_wherever_its_lines() -> None:
    old, new = stdlib("Lock.acquire", 93, "asyncio.locks"), stdlib("Lock.acquire", 96, "asyncio.locks")
    frozen = CodeLocation("posixpath", "join", "<frozen posixpath>", 71, "stdlib")
    rows = match_functions([old, frozen], [new, stdlib("join", 75, "posixpath")])
    assert [row.followed for row in rows] == [Followed.NAME, Followed.NAME]


@pytest.mark.parametrize(("now", "was"), MOVED_MODULES.items())
def test_a_module_of_the_standard_library_that_moved_is_one_in_either_direction(now: str, was: str) -> None:
    old, new = [stdlib("Path.open", 10, was)], [stdlib("Path.open", 300, now)]
    for left, right in ((old, new), (new, old), (old, old), (new, new)):
        (row,) = match_functions(left, right)
        assert (row.followed, row.baseline, row.candidate) == (Followed.NAME, left[0], right[0])


def test_a_moved_module_keeps_its_name_where_both_places_have_the_function() -> None:
    both = [stdlib("warn", 10, "warnings"), stdlib("warn", 10, "_py_warnings")]
    assert {(row.baseline, row.candidate) for row in match_functions(both, both)} == {(code, code) for code in both}


def test_what_was_not_seen_in_the_standard_library_is_not_followed_to_its_neighbour() -> None:
    old, new = stdlib("_MainThread.__init__", 1580, "threading"), stdlib("_Timer.__init__", 1590, "threading")
    assert {row.followed for row in match_functions([old], [new])} == {Followed.ALONE}


def test_in_a_package_of_one_version_on_both_sides_nothing_has_moved() -> None:
    old, new = at("Pool.assign", 100), at("BasePool.assign", 120)
    assert {row.followed for row in match_functions([old], [new], {"pkg"})} == {Followed.ALONE}
    assert {row.followed for row in match_functions([old], [new], {"other"})} == {Followed.MOVED_CLASS}


CODES = st.lists(
    st.builds(
        at,
        st.sampled_from(["A.f", "A.g", "B.f", "B.g", "f", "g", "h", "<lambda>"]),
        st.integers(1, 200),
        st.sampled_from(["p.a", "p.b", "q.a"]),
    ),
    max_size=12,
)


@given(CODES, CODES, st.sampled_from([set(), {"p"}, {"p", "q"}]))
def test_every_function_of_either_side_is_in_exactly_one_match(
    baseline: list[CodeLocation], candidate: list[CodeLocation], unchanged: set[str]
) -> None:
    rows = match_functions(baseline, candidate, unchanged)
    for side, given_codes in ((0, baseline), (1, candidate)):
        found = [(code.module, code.function) for row in rows if (code := (row.baseline, row.candidate)[side])]
        assert sorted(found) == sorted({(code.module, code.function) for code in given_codes})
    assert all((row.followed is Followed.ALONE) == (row.baseline is None or row.candidate is None) for row in rows)


@given(CODES)
def test_a_side_matched_with_itself_is_matched_by_name_alone(codes: list[CodeLocation]) -> None:
    assert {row.followed for row in match_functions(codes, codes)} <= {Followed.NAME}
