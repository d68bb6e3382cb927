"""An interpreter as it measured: its version, how it was built, and what of it was switched on."""

from dataclasses import dataclass

# Groups of settings: the interpreter of each client where it is not clientprof's own, and then clientprof's.
GROUP, OF_CLIENTPROF = "interpreters", "interpreter of clientprof itself"
# What stands between a client and its Python in the name of an arm, as `httpx@py3.14`.
SIGN = "@py"


def names_python(arm: str) -> bool:
    """Whether the arm's name says its Python: then it was asked for."""
    return SIGN in arm


@dataclass(frozen=True, slots=True)
class InterpreterFacts:
    """What one process said of its interpreter.

    ``implementation`` is ``CPython``, ``version`` ``3.14.10``, ``compiler`` ``GCC 12.2.0``. ``optimisation`` is the
    compiler's level, ``-O3``; "" where the build does not tell. ``lto`` and ``pgo`` (link-time and profile-guided
    optimisation) are None where it does not tell: distributions may remove these flags from what ``sysconfig`` shows, as
    Debian does. ``options`` are others of the build that change its speed. ``jit`` and ``gil`` say what was on in that
    process, ``jit_built`` and ``free_threaded`` what it was built for; ``jit`` is None before 3.14, which does not tell.
    ``debug``: ``--with-pydebug``.
    """

    implementation: str
    version: str
    compiler: str = ""
    optimisation: str = ""
    lto: bool | None = None
    pgo: bool | None = None
    options: tuple[str, ...] = ()
    jit_built: bool = False
    jit: bool | None = None
    gil: bool = True
    free_threaded: bool = False
    debug: bool = False

    @property
    def name(self) -> str:
        """``CPython 3.14.10``, with what makes it another one of that version."""
        marks = [("free-threaded", self.free_threaded), ("debug build", self.debug), ("JIT on", bool(self.jit))]
        return " ".join([f"{self.implementation} {self.version}", *(mark for mark, there in marks if there)])

    @property
    def build(self) -> str:
        """How it was compiled: ``GCC 12.2.0 -O3, no LTO, no PGO``."""
        compiled = f"{self.compiler} {self.optimisation}".strip() or "compiler not told"
        unknown = self.lto is None and self.pgo is None
        made = ("LTO and PGO not told",) if unknown else (_told("LTO", self.lto), _told("PGO", self.pgo))
        return ", ".join((compiled, *made, *self.options, *(("debug build",) if self.debug else ())))

    @property
    def switches(self) -> str:
        """What was on: ``JIT off, GIL on``."""
        if self.jit is None:
            jit = "JIT built, state not told" if self.jit_built else "no JIT"
        else:
            jit = f"JIT {'on' if self.jit else 'off' if self.jit_built else 'not built'}"
        return f"{jit}, GIL {'on' if self.gil else 'off'}"

    @property
    def text(self) -> str:
        """All of it on one line."""
        free = " free-threaded" if self.free_threaded else ""
        return f"{self.implementation} {self.version}{free}: {self.build}; {self.switches}"


def _told(name: str, there: bool | None) -> str:
    if there is None:
        return f"{name} not told"
    return name if there else f"no {name}"
