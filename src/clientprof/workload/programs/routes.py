"""Routes of server frameworks in the same process: what the running code works for, by the path's template."""

import functools
from collections.abc import Callable
from typing import Any

from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import find
from clientprof.probes.patches import Patches
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.quiet_wrappers import unseen
from clientprof.probes.work_codes import route_in, work_code
from clientprof.workload.programs.served_requests import ServedRequests

# Says method, template and framework of what a call works for; raises or gives None where it cannot know.
Described = tuple[str, str, str] | None
Describe = Callable[[Any, Any], Described]


class Routes:
    """``targets()`` are the frameworks' functions to wrap, by the module whose import they wait for."""

    def __init__(self, exchanges: Exchanges, patches: Patches, failures: Failures) -> None:
        self._exchanges = exchanges
        self._patches = patches
        self._failures = failures
        self.served = ServedRequests(exchanges, failures)
        self._known: dict[tuple[int, Any], int | None] = {}

    def targets(self) -> dict[str, list[Callable[[], None]]]:
        work: tuple[tuple[str, Callable[[Any], Any]], ...] = (
            ("starlette.routing:Route.handle", lambda function: self._during(function, _starlette)),
            ("fastapi.routing:APIRoute.handle", lambda function: self._during(function, _starlette)),
            ("aiohttp.web_urldispatcher:UrlDispatcher.resolve", lambda function: self._from_now_on(function, _aiohttp)),
            ("flask.app:Flask.dispatch_request", lambda function: self._blocking(function, _flask)),
            ("django.core.handlers.base:BaseHandler.resolve_request", lambda function: self._after(function, _django)),
        )
        found: dict[str, list[Callable[[], None]]] = {}
        for target, make in work:
            found.setdefault(target.partition(":")[0], []).append(functools.partial(self._install, target, make))
        return found

    def _install(self, target: str, make: Callable[[Any], Any]) -> None:
        seam = find(target)
        if seam is not None and "." in target.partition(":")[2]:
            # A class may have inherited it: then its parent's is wrapped, once.
            if getattr(seam.function, "_clientprof_route", False):
                return
            wrapper = make(seam.function)
            wrapper._clientprof_route = True
            self._patches.set(seam.owner, seam.name, wrapper)

    def forget(self) -> None:
        """This is another process: routes are numbered anew."""
        self._known.clear()
        self.served.forget()

    def _value_of_route(self, describe: Describe, route: Any, scope: Any) -> int | None:
        # A framework's route lives as long as the program, so its identity names it.
        key = (id(route), scope.get("method"))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._value(describe, route, scope)
        return found

    def _value(self, describe: Describe, subject: Any, more: Any) -> int | None:
        try:
            described = describe(subject, more)
            if described is None:
                return None
            return work_code(self._exchanges.names.number("route", described))
        except Exception as error:
            self._failures.remove("routes", error)
            return None

    def _during(self, function: Any, describe: Describe) -> Any:
        # No way back: servers give each request a task, and with it a context. Without detail no coroutine of ours either.
        served_requests = self.served

        @functools.wraps(function)
        def handle(route: Any, scope: Any, *args: Any, **kwargs: Any) -> Any:
            value = self._value_of_route(describe, route, scope)
            if value is not None:
                served = served_requests.begin(route_in(value))
                if served is not None:
                    return served_requests.serve(served, function, (route, scope, *args), kwargs)
                if not served_requests.serving():
                    EXCHANGE.set(value)
            return function(route, scope, *args, **kwargs)

        return handle

    def _begin(self, describe: Describe, match: Any, request: Any) -> None:
        value = self._value(describe, match, request)
        EXCHANGE.set(-1 if value is None else value)

    def _from_now_on(self, function: Any, describe: Describe) -> Any:
        @functools.wraps(function)
        async def resolve(dispatcher: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                match = await function(dispatcher, request, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            self._begin(describe, match, request)
            return match

        return resolve

    def _after(self, function: Any, describe: Describe) -> Any:
        @functools.wraps(function)
        def resolve(handler: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                match = function(handler, request, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            self._begin(describe, match, request)
            return match

        return resolve

    def _blocking(self, function: Any, describe: Describe) -> Any:
        @functools.wraps(function)
        def dispatch(app: Any, *args: Any, **kwargs: Any) -> Any:
            value = self._value(describe, app, None)
            token = None if value is None else EXCHANGE.set(value)
            try:
                return function(app, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            finally:
                if token is not None:
                    _reset(token)

        return dispatch


def _reset(token: Any) -> None:
    try:
        EXCHANGE.reset(token)
    except ValueError:
        EXCHANGE.set(-1)


def _starlette(route: Any, scope: Any) -> Described:
    return str(scope.get("method", "")), str(route.path), "starlette"


def _aiohttp(match: Any, request: Any) -> Described:
    resource = match.route.resource
    return None if resource is None else (str(request.method), str(resource.canonical), "aiohttp")


def _flask(_app: Any, _more: Any) -> Described:
    import sys

    request = sys.modules["flask"].request
    rule = request.url_rule
    return None if rule is None else (str(request.method), str(rule.rule), "flask")


def _django(match: Any, request: Any) -> Described:
    return str(request.method), f"/{match.route}", "django"
