"""Where the arms of a remedy run: in another Python, over another transport, with a part of the load."""

from dataclasses import replace

from clientprof.clients import CLIENTS
from clientprof.experiments.environments.client_specs import ClientSpec, PythonAsked
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.staircase.explain_arms import Arms, in_next_python, needs_environments, without_lone_pythons
from clientprof.experiments.staircase.explain_plan import ExplainPlan, pinned
from clientprof.experiments.staircase.suspicion import Raised
from clientprof.experiments.suspects import SUSPECTS
from clientprof.experiments.suspects.suspect import Evidence, Intervention, NewerPython
from clientprof.workload.load.scenario import Scenario
from made_cases import case, client

PYTHONS = (NewerPython("3.14.2", "/opt/newest/python", 0.6), NewerPython("3.13.0", "/opt/newer/python"))
PLAN = ExplainPlan(ClientSpec.parse("aiohttp", CLIENTS), None, Scenario(64))
PACKAGES = {"aiohttp": "3.14.5", "yarl": "1.20.0"}
HERE = Subject("aiohttp", "aiohttp")


def raised(name: str) -> Raised:
    suspect = SUSPECTS[name]
    made = replace(case(client()), pythons=PYTHONS)
    intervention = suspect.intervention(made)
    return Raised(suspect, suspect.suspicion(Evidence("found", 80.0), intervention), intervention)


def arms(*suspects: str) -> Arms:
    found = {name: raised(name) for name in suspects}
    own = needs_environments(list(found.values()))
    return Arms(PLAN, found, "3.14.5", PACKAGES, own, lambda text: None, HERE, None)


def test_with_a_newer_python_every_arm_has_an_environment_of_its_own_with_the_same_packages() -> None:
    made = arms("newer-python")
    plain = pinned(PLAN.client, "3.14.5", PACKAGES)
    newer = replace(plain, python=PythonAsked("3.14.2", "/opt/newest/python"))
    made.prepared = {plain: Subject("plain", "aiohttp", "/a"), newer: Subject("newer", "aiohttp", "/b")}
    assert made.subject(Intervention()).label == "plain"
    assert made.subject(made.intervention(made.trial(("newer-python",)))).label == "newer"


def test_without_one_the_client_is_measured_where_it_is() -> None:
    assert arms("more-processes").subject(Intervention()) is HERE


def test_another_python_alone_takes_no_arm_out_of_the_environment_unless_the_user_names_it() -> None:
    python, load = raised("newer-python"), raised("more-processes")
    kept, undone = without_lone_pythons([python, load], ())
    assert (kept, [each.suspect for each in undone]) == ([load], ["newer-python"])
    assert without_lone_pythons([python, load], ("newer-python",)) == ([python, load], [])
    packages = replace(load, intervention=replace(load.intervention, packages=("sniffio",)))
    assert without_lone_pythons([python, packages], ()) == ([python, packages], [])


def test_where_the_newest_python_has_no_wheels_the_next_is_tried_and_nothing_is_predicted() -> None:
    following = in_next_python(raised("newer-python"))
    assert following.intervention.pythons == PYTHONS[1:]
    assert following.suspicion.predicted_us is None
    assert "3.13.0" in following.suspicion.evidence


def test_half_of_the_load_is_what_one_of_two_processes_is_asked() -> None:
    made = arms("more-processes")
    load = made.scenario(made.intervention(made.trial(("more-processes",))))
    assert load.concurrency == 64
    assert replace(load, concurrency=128) == case(client()).scenario
