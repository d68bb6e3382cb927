"""Running origins for whoever needs one, and how many examples property tests try.

Few examples on every run, many where HYPOTHESIS_PROFILE=ci is set.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from clientprof.origin.process import OriginProcess

# Simulated runs take milliseconds each, so deadlines would time the machine and not the code.
settings.register_profile("default", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), max_examples=500, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def origin() -> Iterator[OriginProcess]:
    """A plain origin."""
    with OriginProcess() as running:
        yield running


@pytest.fixture(scope="session")
def tls_origin() -> Iterator[OriginProcess]:
    """An origin with TLS."""
    with OriginProcess(tls=True) as running:
        yield running
