"""What an interpreter says of itself: its build from configure's and make's variables, and what is on in the process."""

import platform
import sys
from dataclasses import dataclass

import pytest

from clientprof.model.provenance.interpreter import InterpreterFacts, names_python
from clientprof.recording.dataclass_json import from_json, to_json
from clientprof.workload.interpreter_facts import describe_interpreter, interpreter_facts

# As upstream's makefile has them, and as Debian's packages leave them.
PLAIN = {"CONFIG_ARGS": "'--enable-shared'", "PY_CORE_CFLAGS": "-g -O0 -Wall -O3", "PGO_PROF_USE_FLAG": "-fprofile-use"}
STRIPPED = {"CONFIG_ARGS": "'--enable-shared'", "PY_CORE_CFLAGS": "-g -O2 -Wall", "PGO_PROF_USE_FLAG": ""}


@dataclass
class Jit:
    """As ``sys._jit`` is from 3.14 on."""

    available: bool
    enabled: bool

    def is_available(self) -> bool:
        return self.available

    def is_enabled(self) -> bool:
        return self.enabled


def test_the_running_interpreter_is_described_and_survives_a_recording() -> None:
    facts = describe_interpreter()
    assert (facts.implementation, facts.version) == (platform.python_implementation(), platform.python_version())
    assert facts.gil is getattr(sys, "_is_gil_enabled", lambda: True)()
    assert facts.debug is hasattr(sys, "gettotalrefcount")
    assert from_json(InterpreterFacts, to_json(facts)) == facts


@pytest.mark.parametrize(
    ("change", "lto", "pgo"),
    [
        ({}, False, False),
        ({"CONFIG_ARGS": "'--enable-optimizations' '--with-lto=thin'"}, True, True),
        ({"CONFIG_ARGS": "'--with-lto=no'"}, False, False),
        ({"CONFIG_ARGS": "'--with-lto-of-my-own'"}, False, False),
        ({"PY_CORE_CFLAGS": "-O2 -flto -fprofile-use"}, True, True),
        ({"PY_CORE_LDFLAGS": "-flto=auto"}, True, False),
        ({"CONFIG_ARGS": ""}, None, None),
    ],
)
def test_lto_and_pgo_are_told_where_the_build_tells_them(
    change: dict[str, object], lto: bool | None, pgo: bool | None
) -> None:
    facts = interpreter_facts({**PLAIN, **change}, None)
    assert (facts.lto, facts.pgo) == (lto, pgo)


def test_a_build_whose_flags_were_removed_says_nothing_rather_than_no() -> None:
    facts = interpreter_facts(STRIPPED, None)
    assert (facts.lto, facts.pgo) == (None, None)
    assert facts.build.endswith("-O2, LTO and PGO not told")


def test_the_last_level_of_optimisation_counts() -> None:
    assert interpreter_facts(PLAIN, None).optimisation == "-O3"
    assert interpreter_facts({}, None).optimisation == ""


@pytest.mark.parametrize(
    ("jit", "arguments", "said"),
    [
        (None, "", "no JIT"),
        (None, "'--enable-experimental-jit=yes-off'", "JIT built, state not told"),
        (Jit(False, False), "", "JIT not built"),
        (Jit(True, False), "", "JIT off"),
        (Jit(True, True), "", "JIT on"),
    ],
)
def test_the_jit_is_asked_of_the_process_where_that_can_be(jit: Jit | None, arguments: str, said: str) -> None:
    facts = interpreter_facts({**PLAIN, "CONFIG_ARGS": arguments}, jit)
    assert facts.switches.startswith(f"{said}, GIL ")


def test_a_name_says_what_makes_it_another_interpreter_of_that_version() -> None:
    whole = InterpreterFacts("CPython", "3.14.0", free_threaded=True, debug=True, jit=True, jit_built=True, gil=False)
    assert whole.name == "CPython 3.14.0 free-threaded debug build JIT on"
    assert "debug build" in whole.build
    assert "GIL off" in whole.text
    assert InterpreterFacts("CPython", "3.14.0").name == "CPython 3.14.0"


def test_an_arm_names_its_python_by_the_sign_alone() -> None:
    assert names_python("httpx==0.28.1+sniffio@py3.14 (2)")
    assert not names_python("httpx==0.28.1+sniffio (2)")
