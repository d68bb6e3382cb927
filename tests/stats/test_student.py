"""Student's t against tabulated values and against itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.stats.student import quantile_975, two_sided_p


@pytest.mark.parametrize(
    ("freedom", "value"),
    [(1, 12.7062), (2, 4.30265), (3, 3.18245), (5, 2.57058), (10, 2.22814), (30, 2.04227), (100, 1.98397)],
)
def test_the_975_quantile_is_the_tabulated_one(freedom: float, value: float) -> None:
    assert quantile_975(freedom) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(("t", "freedom", "p"), [(1.0, 1, 0.5), (2.0, 5, 0.101939), (3.5, 12, 0.004382), (0.0, 4, 1.0)])
def test_the_two_sided_probability_is_the_tabulated_one(t: float, freedom: float, p: float) -> None:
    assert two_sided_p(t, freedom) == pytest.approx(p, abs=2e-6)


@given(st.floats(-50, 50), st.floats(0.5, 200))
def test_the_probability_is_one_and_does_not_depend_on_the_sign(t: float, freedom: float) -> None:
    assert 0 <= two_sided_p(t, freedom) <= 1
    assert two_sided_p(t, freedom) == two_sided_p(-t, freedom)


@given(st.floats(0, 20), st.floats(0, 20), st.floats(0.5, 200))
def test_further_from_zero_is_never_more_probable(left: float, right: float, freedom: float) -> None:
    near, far = sorted((left, right))
    assert two_sided_p(far, freedom) <= two_sided_p(near, freedom) + 1e-12


def test_no_degrees_of_freedom_is_an_error() -> None:
    with pytest.raises(ValueError, match="positive degrees"):
        two_sided_p(1.0, 0)
