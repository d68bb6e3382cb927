"""A program that has its requests made by other processes. Arguments: the server's URL, and how they are started."""

import _posixsubprocess
import multiprocessing
import os
import subprocess
import sys
import time

URL, HOW = sys.argv[1:3]
CALLS = 7


def calls(url: str) -> None:
    import httpx

    with httpx.Client() as client:
        for _ in range(CALLS):
            client.get(url)


def calls_and_stays(url: str, told: "multiprocessing.Queue[int]") -> None:
    calls(url)
    told.put(CALLS)
    time.sleep(60)


if __name__ == "__main__":
    if HOW in ("spawn", "fork", "forkserver"):
        context = multiprocessing.get_context(HOW)
        workers = [context.Process(target=calls, args=(URL,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    elif HOW == "pool":
        # Its workers are ended by SIGTERM when it is left.
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            pool.map(calls, [URL] * 2, chunksize=1)
    elif HOW == "terminated":
        # So is one that is a daemon, or that its parent ends.
        context = multiprocessing.get_context("fork")
        told = context.Queue()
        workers = [context.Process(target=calls_and_stays, args=(URL, told)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for _ in workers:
            told.get()
        for worker in workers:
            worker.terminate()
            worker.join()
    elif HOW == "subprocess":
        code = f"import sys; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})\nimport httpx\n"
        code += f"client = httpx.Client()\nfor _ in range({CALLS}): client.get({URL!r})\n"
        subprocess.run([sys.executable, "-c", code], check=True)
        subprocess.run([sys.executable, "-c", code], check=True, env={"PATH": os.environ["PATH"]})
    elif HOW == "below-subprocess":
        # As joblib's workers are started: without the class, and with an environment made of os.environ.
        def started(*command: str) -> int:
            words = [os.fsencode(word) for word in command]
            given = [os.fsencode(f"{name}={value}") for name, value in os.environ.items()]
            pipe = os.pipe()
            try:
                vfork = () if sys.version_info >= (3, 14) else (True,)
                return _posixsubprocess.fork_exec(
                    words, words[:1], True, tuple(sorted(pipe[1:])), None, given, -1, -1, -1, -1, -1, -1, *pipe,
                    False, False, -1, None, None, None, -1, None, *vfork,
                )  # fmt: skip
            finally:
                for end in pipe:
                    os.close(end)

        code = f"import httpx\nclient = httpx.Client()\nfor _ in range({CALLS}): client.get({URL!r})\n"
        for _ in range(2):
            os.waitpid(started(sys.executable, "-c", code), 0)
    elif HOW == "os-fork":
        for _ in range(2):
            child = os.fork()
            if not child:
                calls(URL)
                os._exit(0)
            os.waitpid(child, 0)
    elif HOW == "forked-later":
        # It has clients of its own before.
        calls(URL)
        calls(URL)
        child = os.fork()
        if not child:
            calls(URL)
            os._exit(0)
        os.waitpid(child, 0)
    elif HOW == "exec":
        code = f"import httpx\nclient = httpx.Client()\nfor _ in range({2 * CALLS}): client.get({URL!r})\n"
        os.execv(sys.executable, [sys.executable, "-c", code])
