"""Programs that do what instruments do not expect. Arguments: the server's URL, and what to do."""

import asyncio
import os
import pickle
import signal
import sys
import time
import traceback

import aiohttp
import httpx

URL, WHAT = sys.argv[1:3]


async def calls(count: int) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(count):
            assert (await client.get(URL)).status_code == 200


async def many(count: int) -> None:
    async with aiohttp.ClientSession() as session:

        async def one() -> int:
            async with session.get(URL) as response:
                await response.read()
                return response.status

        print(sum(status == 200 for status in await asyncio.gather(*(one() for _ in range(count)))))


class OwnLoop(asyncio.SelectorEventLoop):
    """A loop that is not the plain one."""


def crash() -> None:
    asyncio.run(calls(3))
    raise ValueError("a fault of the program's own")


def fails() -> None:
    try:
        httpx.get("http://127.0.0.1:9/")
    except httpx.ConnectError:
        traceback.print_exc()

    async def asynchronous() -> None:
        async with httpx.AsyncClient() as client:
            await client.get("http://127.0.0.1:9/")

    asyncio.run(asynchronous())


def alarms() -> None:
    heard = []
    signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    asyncio.run(calls(5))
    time.sleep(0.1)
    print(heard, signal.getsignal(signal.SIGALRM) is signal.SIG_DFL)


def profiles() -> None:
    seen = []
    sys.setprofile(lambda frame, event, _arg: seen.append(frame.f_code.co_name) if event == "call" else None)
    asyncio.run(calls(2))
    sys.setprofile(None)
    print("calls" in seen)


def looks() -> None:
    asyncio.run(calls(1))
    client = httpx.Client()
    print(
        sys.path[0] == os.path.dirname(os.path.abspath(__file__)),
        sys.argv[1:],
        __name__,
        "sitecustomize" in sys.modules,
    )
    print([name for name in os.environ if "CLIENTPROF" in name], os.environ.get("PYTHONPATH"))
    print(pickle.dumps(client.get(URL).headers.raw[0]), pickle.loads(pickle.dumps(httpx.get)).__qualname__)
    print(asyncio.SelectorEventLoop, type(asyncio.SelectorEventLoop()).__qualname__, asyncio.iscoroutinefunction(calls))
    print(httpx.AsyncClient.send.__qualname__, len(sys.exc_info()), sys.excepthook is sys.__excepthook__)
    print([signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGUSR2)])
    print(sorted(os.listdir(".")) == sorted(os.listdir(os.getcwd())), os.get_inheritable(0))


def standard() -> None:
    """With the standard library's client, and what it shows of itself."""
    import http.client
    import inspect
    import urllib.parse

    connection = http.client.HTTPConnection(urllib.parse.urlsplit(URL).netloc)
    for address in (URL, "http://127.0.0.1:9/"):
        try:
            urllib.request.urlopen(address).read(-1)
        except urllib.error.URLError:
            traceback.print_exc()
    connection.putrequest("GET", "/1k")
    for wrong in (connection.getresponse, connection.request):
        try:
            wrong(*("GET", "/1k") if wrong.__name__ == "request" else ())
        except http.client.HTTPException:
            traceback.print_exc()
    connection.close()
    connection.request("GET", "/chunked/2x1k")
    response = connection.getresponse()
    try:
        response.read("all")
    except TypeError:
        traceback.print_exc()
    print([inspect.signature(getattr(http.client.HTTPConnection, name)) for name in ("request", "send", "connect")])
    print(inspect.signature(http.client.HTTPResponse.read), http.client.HTTPResponse.readline.__qualname__)
    print(sorted(vars(connection).keys() - {"sock"}), response.isclosed(), len(response.read()), response.isclosed())
    print(pickle.loads(pickle.dumps(http.client.HTTPConnection.request)).__module__)


DO = {
    "nothing": lambda: print("no request"),
    "crash": crash,
    "fails": fails,
    "killed": lambda: (
        asyncio.run(calls(3)),
        time.sleep(0.6),
        asyncio.run(calls(1)),
        os.kill(os.getpid(), signal.SIGKILL),
    ),
    "_exit": lambda: (asyncio.run(calls(3)), os._exit(3)),
    "exit": lambda: (asyncio.run(calls(3)), sys.exit("bye")),
    "closes": lambda: (os.closerange(3, 200), asyncio.run(calls(3)), os.closerange(3, 200)),
    "own-loop": lambda: asyncio.Runner(loop_factory=OwnLoop).run(calls(3)),
    "alarms": alarms,
    "profiles": profiles,
    "changes-folder": lambda: (os.chdir("/"), asyncio.run(calls(3))),
    "changes-user": lambda: (os.setuid(65534) if os.getuid() == 0 else None, asyncio.run(calls(3))),
    "looks": looks,
    "standard": standard,
    "many": lambda: asyncio.run(many(10_000)),
}
DO[WHAT]()
