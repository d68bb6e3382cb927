"""The parent's side of ``behaviour``: start the process, let it go on, bound its time, take what it observed."""

import json
import threading
from collections.abc import Callable, Mapping

from clientprof.recording.dataclass_json import from_json, to_json
from clientprof.workload.behaviour.behaviour_settings import BehaviourSettings, Observed
from clientprof.workload.process import WorkerError, end_process, read_lines, start_process

ENTRY = ("-m", "clientprof.workload.behaviour.checked_behaviour")


def observe_behaviour(
    settings: BehaviourSettings,
    on_event: Callable[[str], None],
    *,
    timeout_s: float,
    python: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Observed:
    """Observe a client in a process of its own.

    ``on_event`` is called with ``ready`` before and with ``answered`` after the first check, while the process waits.
    ``python`` is another environment's interpreter, None for this one; ``timeout_s`` bounds the whole.

    Raises:
        WorkerError: the process died, failed, or did not end in time.
    """
    what = f"the behaviour of {settings.adapter}"
    process = start_process(python, ENTRY, environment or {})
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    # Read beside, so that a process that complains a lot does not stop for it.
    complaints: list[str] = []
    reader = threading.Thread(target=read_lines, args=(process.stderr, complaints.append), daemon=True)
    reader.start()
    watch = threading.Timer(timeout_s, process.kill)
    watch.start()
    try:
        process.stdin.write(json.dumps(to_json(settings)) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "observed":
                return from_json(Observed, event)
            if event["event"] == "failed":
                raise WorkerError(f"{what} could not be observed: {event['text']}")
            on_event(event["event"])
            process.stdin.write("\n")
            process.stdin.flush()
        late = not watch.is_alive()
        reader.join(1)
        last = complaints[-1].strip() if complaints else "it printed nothing"
        raise WorkerError(f"{what} was not observed: {f'not done in {timeout_s:.0f} s' if late else last}")
    except (OSError, ValueError) as error:
        raise WorkerError(f"{what} was not observed: {type(error).__name__}: {error}") from error
    finally:
        watch.cancel()
        end_process(process)
        reader.join(1)
