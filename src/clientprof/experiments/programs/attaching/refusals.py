"""Why a process cannot be attached to, and what to do: one sentence each."""


class AttachError(Exception):
    """The process cannot be attached to; it has not been touched. The message says why, and what to do."""


OLD_PYTHON = (
    "process {pid} runs Python {version}, and only Python 3.14 and newer lets itself be attached to; "
    "start it with `clientprof run` instead"
)
NO_PROCESS = "there is no process {pid}; inside a container a process has another number than outside"
ENDED = "process {pid} has ended, and only its parent has not noticed"
OTHER_USER = "process {pid} belongs to user {user}; run clientprof attach as that user, or as root"
TRACED = "process {pid} is being traced by process {tracer} ({name}), a debugger or strace; end that first"
NO_PYTHON = "process {pid} ({name}) does not run Python: its program is no CPython, and none is loaded in it"
STARTED_BY_RUN = (
    "process {pid} was started by `clientprof run`, which measures it already; its result comes when that ends"
)
DISABLED = (
    "process {pid} has remote debugging switched off by {by}; start it without that, or with `clientprof run`, which does "
    "not need it"
)
IN_CONTAINER = (
    "process {pid} is in a container or sees other files, so it cannot read clientprof's; run clientprof attach inside: "
    "docker exec CONTAINER clientprof attach {inner}"
)
NOT_ALLOWED = (
    "the system does not allow attaching to process {pid}{why}; run clientprof attach as root, or in a container started "
    "with --cap-add=SYS_PTRACE"
)
OTHER_INTERPRETER = (
    "process {pid} runs Python {version}, and only that Python can attach to it; it could not be started here ({reason}), "
    "so install clientprof there, or use uvx --python {version} clientprof attach {pid}"
)
# What the process itself says, by the word that it says.
REFUSED = {
    "attached": "clientprof is attached to process {pid} already; one at a time",
    "run": STARTED_BY_RUN,
    "tools": (
        "process {pid} is being debugged or profiled already: {tools}; end that first, its cost would be in every figure"
    ),
}
FAILED = "the instruments could not start in process {pid} ({error}); it runs on as before"
OTHER_CLIENTPROF = "process {pid} has imported another {text} than this one; use that one's `clientprof attach`"
SYSTEM = "attaching to process {pid} failed: {reason}"
ENDED_BEFORE = "process {pid} ended before anything could be measured"
