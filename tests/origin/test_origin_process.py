"""The handle: starts, tells errors plainly, and leaves no process behind."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time

import pytest

from clientprof.origin.options import Options
from clientprof.origin.process import OriginError, OriginProcess
from origin_wire import Wire, eventually, settled


def running(pid: int) -> bool:
    """Whether the process runs; a zombie that nobody has waited for has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_the_ready_line_says_what_the_server_runs_on(origin: OriginProcess, engine: str) -> None:
    expected = {"auto": "uvloop + httptools", "standard": "asyncio + standard library"}
    assert origin.ready.engine == expected[engine]
    assert origin.ready.base_url == f"http://127.0.0.1:{origin.ready.port}"
    assert origin.ready.ca_file is None
    assert origin.alive()


def test_closing_ends_the_process_and_twice_does_no_harm(engine: str) -> None:
    handle = OriginProcess(Options(engine=engine))
    ready = handle.start()
    assert handle.start() == ready
    assert running(ready.pid)
    with Wire(ready.port) as idle, Wire(ready.port) as busy:
        assert idle.ask("/1k").status == 200
        busy.get("/delay/60000")
        handle.close()
        assert idle.rest() == b""
    handle.close()
    assert not handle.alive()
    assert not running(ready.pid)
    with pytest.raises(OriginError, match="not running"):
        handle.journal()
    with pytest.raises(OriginError, match="make a new"):
        handle.start()


def test_stopping_with_a_handshake_under_way_is_clean_too(engine: str) -> None:
    with OriginProcess(Options(tls=True, engine=engine)) as handle, Wire(handle.ready.port) as silent:
        assert eventually(lambda: handle.journal().accepts == 1)
        os.kill(handle.ready.pid, signal.SIGTERM)
        assert eventually(lambda: not handle.alive())
        with pytest.raises(OriginError, match=r"exit code 0 \(it said nothing\)"):
            handle.mark()
        assert silent.rest() == b""


def test_a_port_in_use_is_named_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        handle = OriginProcess(Options(port=port, engine="standard"))
        with pytest.raises(OriginError, match=rf"port {port} is in use.*--port 0"):
            handle.start()
        assert not handle.alive()


def test_a_server_that_dies_is_reported_with_its_exit_code() -> None:
    with OriginProcess(Options(engine="standard")) as handle:
        os.kill(handle.ready.pid, signal.SIGKILL)
        with pytest.raises(OriginError, match="exit code -9"):
            handle.journal()
        assert not handle.alive()


def test_terminating_the_server_ends_it_cleanly() -> None:
    with OriginProcess(Options(tls=True)) as handle:
        ca_file = handle.ready.ca_file
        assert ca_file is not None
        os.kill(handle.ready.pid, signal.SIGTERM)
        assert eventually(lambda: not handle.alive())
        assert not os.path.exists(ca_file)
        with pytest.raises(OriginError, match="exit code 0"):
            handle.mark()


def test_ctrl_c_in_the_terminal_does_not_end_the_server(origin: OriginProcess) -> None:
    os.kill(origin.ready.pid, signal.SIGINT)
    time.sleep(0.05)
    assert origin.alive()
    assert origin.journal().taken_ns > 0


def test_the_server_ends_when_its_parent_dies() -> None:
    code = (
        "import os; from clientprof.origin.options import Options; from clientprof.origin.process import OriginProcess\n"
        "handle = OriginProcess(Options(engine='standard')); print(handle.start().pid, flush=True); os._exit(1)"
    )
    parent = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    pid = int(parent.stdout)
    assert eventually(lambda: not running(pid))


def test_a_cpu_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(OriginError, match=r"CPU 4000; this process may use \d"):
        OriginProcess(Options(cpu=4000, engine="standard")).start()


def test_the_server_runs_on_the_cpu_it_was_given() -> None:
    cpu = max(os.sched_getaffinity(0))
    with OriginProcess(Options(cpu=cpu, engine="standard")) as handle:
        assert os.sched_getaffinity(handle.ready.pid) == {cpu}


def test_the_server_takes_as_many_files_as_it_may(origin: OriginProcess) -> None:
    soft, hard = resource.prlimit(origin.ready.pid, resource.RLIMIT_NOFILE)
    assert soft == hard


def test_unknown_commands_get_an_answer_and_the_end_of_input_stops_the_server() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "clientprof.origin.server", "--engine", "standard"],
        input="what\nmark\n",
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert run.returncode == 0
    assert run.stderr == ""
    ready, error, marked = run.stdout.splitlines()
    assert '"ready"' in ready
    assert "unknown command 'what'" in error
    assert marked == '{"marked": true}'


def test_settings_that_slow_python_down_do_not_reach_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    with OriginProcess(Options(engine="standard")) as handle, open(f"/proc/{handle.ready.pid}/environ", "rb") as file:
        assert b"PYTHONASYNCIODEBUG" not in file.read()


def test_two_thousand_connections_at_once_are_taken(origin: OriginProcess) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(2000, hard - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted + 200), hard))
    before = settled(origin)
    wires = [Wire(origin.ready.port) for _ in range(wanted)]
    try:
        for wire in wires:
            wire.get("/0")
        assert all(wire.answer().status == 200 for wire in wires)
        assert origin.journal().since(before).max_connections_open >= wanted
    finally:
        for wire in wires:
            wire.sock.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert eventually(lambda: origin.journal().connections_open == 0)
