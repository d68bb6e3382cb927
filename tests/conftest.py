"""How many examples property tests try: few on every run, many where HYPOTHESIS_PROFILE=ci is set."""

import os

from hypothesis import HealthCheck, settings

# Simulated runs take milliseconds each, so deadlines would time the machine and not the code.
settings.register_profile("default", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), max_examples=500, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
