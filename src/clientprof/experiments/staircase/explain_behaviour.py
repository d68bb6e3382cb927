"""Proof that what an experiment changes leaves behaviour intact: every change is put to the checks before it is measured."""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from clientprof.experiments.environment_rows import usable_cores
from clientprof.experiments.staircase.explain_arms import Arms
from clientprof.experiments.staircase.same_behaviour import lasting_differences, observe_changed
from clientprof.experiments.staircase.suspicion import Raised
from clientprof.model.experiments.suspicions import Behaviour, Kind
from clientprof.origin.process import OriginError
from clientprof.workload.behaviour.behaviour_settings import Observed
from clientprof.workload.process import WorkerError

# For each core: the checks wait for timeouts and delays six parts of seven. Fewer than wait, so that none times out for want
# of a core.
_AT_ONCE = 4
_TOLD_EACH = 5
# Settings and packages are the client's own choice, a slow-down adds nothing but time.
_CHECKED = (Kind.PATCH, Kind.SWAP)


def check_behaviour(
    raised: list[Raised], arms: Arms, tell: Callable[[str], None]
) -> tuple[dict[str, Behaviour], dict[str, str]]:
    """The behaviour by suspect, and one line for each whose change cannot be made or whose client did not survive it.

    Raises:
        WorkerError: the unchanged client could not be observed.
        OriginError: an origin could not be started.
    """
    checked = [each for each in raised if each.suspect.kind in _CHECKED and not each.intervention.scenario]
    if not checked:
        return {}, {}
    tell(f"checking that {len(checked)} changed clients behave as before")
    behaviour: dict[str, Behaviour] = {}
    failures: dict[str, str] = {}
    with ThreadPoolExecutor(_AT_ONCE * len(usable_cores())) as pool:
        try:
            unchanged = pool.submit(_observe, arms, ())
            changed = {each.suspect.id: pool.submit(_observe, arms, (each.suspect.id,)) for each in checked}
            before = unchanged.result()
            for number, (name, future) in enumerate(changed.items(), 1):
                try:
                    again = functools.partial(_observe, arms, (name,))
                    behaviour[name] = lasting_differences(before, future.result(), again)
                except (WorkerError, OriginError) as error:
                    failures[name] = str(error)
                if number % _TOLD_EACH == 0 and number < len(checked):
                    tell(f"{number} of {len(checked)} changed clients checked")
        except BaseException:
            pool.shutdown(cancel_futures=True)  # who interrupts does not wait for those that have not begun
            raise
    return behaviour, failures


def _observe(arms: Arms, suspects: tuple[str, ...]) -> Observed:
    intervention = arms.intervention(arms.trial(suspects))
    subject = arms.subject(intervention)
    return observe_changed(
        subject.adapter,
        intervention.changes,
        arms.scenario(intervention),
        python=subject.python,
        environment=intervention.variables,
    )
