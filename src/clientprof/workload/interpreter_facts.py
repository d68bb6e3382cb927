"""The running interpreter, described from inside: its version, its build, its JIT and its GIL.

How it was built stands in what ``sysconfig`` keeps of configure and make. Upstream's makefile always names the flags for
profile-guided optimisation (``PGO_PROF_USE_FLAG``); where a distribution has emptied them, nothing can be said.
"""

import platform
import re
import sys
import sysconfig
from collections.abc import Mapping

from clientprof.model.provenance.interpreter import InterpreterFacts
from clientprof.probes.real_threads import threads_share_interpreter

# Of configure, what changes speed and is neither of the two optimisations that nearly everybody uses.
_OPTIONS = {"--enable-bolt": "BOLT", "--with-tail-call-interp": "tail calls", "--with-assertions": "assertions"}


def describe_interpreter() -> InterpreterFacts:
    """The facts of this process's interpreter."""
    return interpreter_facts(sysconfig.get_config_vars(), getattr(sys, "_jit", None))


def interpreter_facts(variables: Mapping[str, object], jit: object | None) -> InterpreterFacts:
    """The facts from the build's ``variables`` and ``sys._jit`` (None before 3.14); versions and GIL of this process."""
    arguments = str(variables.get("CONFIG_ARGS") or "")
    flags = " ".join(str(variables.get(name) or "") for name in ("PY_CORE_CFLAGS", "PY_CORE_LDFLAGS"))
    levels = re.findall(r"(?<!\S)-O\S*", str(variables.get("PY_CORE_CFLAGS") or variables.get("PY_CFLAGS") or ""))
    told = bool(arguments) and bool(variables.get("PGO_PROF_USE_FLAG"))
    lto = _asked(arguments, "--with-lto") or "-flto" in flags
    pgo = _asked(arguments, "--enable-optimizations") or "-fprofile-use" in flags or "-fprofile-instr-use" in flags
    available, enabled = getattr(jit, "is_available", None), getattr(jit, "is_enabled", None)
    return InterpreterFacts(
        implementation=platform.python_implementation(),
        version=platform.python_version(),
        compiler=_compiler(platform.python_compiler()),
        optimisation=levels[-1] if levels else "",  # the last one counts, as for the compiler
        lto=True if lto else False if told else None,
        pgo=True if pgo else False if told else None,
        options=tuple(name for option, name in _OPTIONS.items() if _asked(arguments, option)),
        jit_built=available() if callable(available) else _asked(arguments, "--enable-experimental-jit"),
        jit=enabled() if callable(enabled) else None,
        gil=threads_share_interpreter(),
        free_threaded=bool(variables.get("Py_GIL_DISABLED")),
        debug=bool(variables.get("Py_DEBUG")) or hasattr(sys, "gettotalrefcount"),
    )


def _asked(arguments: str, option: str) -> bool:
    """Whether configure was given the option, and not to switch it off."""
    found = re.findall(rf"(?<![\w-]){re.escape(option)}(?:=([^'\s]*))?(?![\w-])", arguments)
    return bool(found) and found[-1] != "no"


def _compiler(text: str) -> str:
    """``GCC 12.2.0`` of ``GCC 12.2.0 20220101 (distribution's words)``; ``Clang 17.0.6``, ``MSC v.1938 64 bit (AMD64)``."""
    match = re.match(r"(GCC|Clang|Apple clang)(?: version)? \(?([0-9.]+)", text.strip("[] "))
    return f"{match[1]} {match[2]}" if match else text.strip("[] ")
