"""Generic suspects and those of aiohttp: each is raised by its own evidence alone, with the gain that the profile holds."""

import ast

import pytest

from clientprof.experiments.suspects import SUSPECTS
from clientprof.experiments.suspects.suspect import Case, combined
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer
from clientprof.workload.load.scenario import Encoding, Loop, Scenario
from made_cases import case, client, node

_HELPERS = "aiohttp.helpers"
_REQUEST = "aiohttp.client:ClientSession._request"
# Suspect, the case that raises it, the gain it must predict.
RAISING: list[tuple[str, Case, float]] = [
    ("garbage-collector", case(client(layers={Layer.GC: 12.0})), 12.0),
    (
        "asyncio-loop",
        case(
            client(
                tree=(node("asyncio.base_events:run", 60, node("x:y", 50, node("asyncio.selector_events:write", 4))),),
                counters={"loop_callbacks_per_request": 3.0},
            )
        ),
        14.0,
    ),
    (
        "debug-mode",
        case(client(tree=(node("asyncio.base_events:call", 50, node("asyncio.format_helpers:extract_stack", 40)),))),
        40.0,
    ),
    (
        "debug-logging",
        case(client(tree=(node("logging:Logger.debug", 30, node("logging:Logger._log", 28)), node("x:y", 5)))),
        30.0,
    ),
    (
        "ssl-context-not-shared",
        case(
            client(
                tree=(node("ssl:create_default_context", 900, node("ssl:SSLContext.load_verify_locations", 800)),),
                counters={"ssl_contexts_per_request": 1.0, "clients_built_per_request": 1.0},
            )
        ),
        900.0,
    ),
    (
        "compressed-bodies",
        case(client(layers={Layer.DECODE: 40.0}), scenario=Scenario(128, encoding=Encoding.GZIP)),
        40.0,
    ),
    (
        "aiohttp-total-timeout",
        case(
            client(
                tree=(node(f"{_HELPERS}:TimeoutHandle.start", 3), node(f"{_HELPERS}:TimerContext.__exit__", 2)),
                counters={"timers_per_request": 1.0},
            )
        ),
        5.0,
    ),
    ("aiohttp-cookie-jar", case(client(tree=(node("aiohttp.cookiejar:CookieJar.filter_cookies", 2.5),))), 2.5),
    (
        "aiohttp-default-headers",
        case(client(tree=(node("aiohttp.client_reqrep:ClientRequest.update_auto_headers", 2.7),))),
        2.7,
    ),
    (
        "aiohttp-parser-per-request",
        case(client(tree=(node("aiohttp.client_proto:ResponseHandler.set_response_params", 3.0),))),
        3.0,
    ),
    (
        "aiohttp-connection-limit",
        case(
            client(
                tree=(node("aiohttp.connector:BaseConnector._release_waiter", 1.0),),
                layers={Layer.LOOP: 8.0},
                counters={"pool_waits_per_request": 0.5, "loop_callbacks_per_request": 4.0},
            )
        ),
        2.0,
    ),
    ("aiohttp-trace-configs", case(client(tree=(node("aiohttp.tracing:Trace.send_request_start", 6.0),))), 6.0),
    ("aiohttp-pure-python", case(client(tree=(node("aiohttp.http_parser:HttpParser.feed_data", 45.0),))), 45.0),
    (
        "aiohttp-request-options",
        case(client(tree=(node(_REQUEST, 40, node("aiohttp.connector:BaseConnector.connect", 15)),))),
        25.0,
    ),
]


@pytest.mark.parametrize(("name", "made", "gain_us"), RAISING, ids=[name for name, *_ in RAISING])
def test_a_suspect_is_raised_by_its_evidence_with_the_gain_that_the_profile_holds(
    name: str, made: Case, gain_us: float
) -> None:
    evidence = SUSPECTS[name].evidence(made)
    assert evidence is not None
    assert evidence.predicted_us == pytest.approx(gain_us)


@pytest.mark.parametrize("name", [name for name, *_ in RAISING])
def test_without_its_evidence_a_suspect_is_not_raised_and_says_what_was_looked_for(name: str) -> None:
    assert SUSPECTS[name].evidence(case(client())) is None
    assert SUSPECTS[name].absent


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("aiohttp-cookie-jar", case(RAISING[7][1].client, scenario=Scenario(128, jar=3))),
        ("aiohttp-connection-limit", case(RAISING[10][1].client, scenario=Scenario(128, limit=128))),
        ("aiohttp-request-options", case(RAISING[13][1].client, scenario=Scenario(128, redirects=1))),
        ("asyncio-loop", case(RAISING[1][1].client, scenario=Scenario(128, loop=Loop.UVLOOP))),
        # Less than 1 % of the client's cost, which is 200 us.
        (
            "aiohttp-default-headers",
            case(client(tree=(node("aiohttp.client_reqrep:ClientRequest.update_headers", 1.9),))),
        ),
        # A logger is asked whether it is enabled, and is not.
        ("debug-logging", case(client(tree=(node("logging:Logger.debug", 3.0),)))),
    ],
)
def test_a_suspect_that_the_load_rules_out_is_not_raised(name: str, made: Case) -> None:
    assert SUSPECTS[name].evidence(made) is None


def test_every_suspect_has_its_own_id_an_intervention_and_tells_what_its_patch_gives_up_or_how_it_may_err() -> None:
    for name, suspect in SUSPECTS.items():
        assert name == suspect.id
        assert suspect.hypothesis
        assert suspect.gives_up or suspect.mistaken
        if name in [raised for raised, *_ in RAISING]:
            assert suspect.intervention(case(client())) != combined([])


def test_settings_that_a_user_controls_come_with_the_code_to_paste() -> None:
    settings = [suspect for suspect in SUSPECTS.values() if suspect.kind is Kind.SETTING]
    assert settings
    for suspect in settings:
        assert suspect.remedy, suspect.id
        assert suspect.code, suspect.id
        if not suspect.code.startswith(("unset", "#", "pip")):
            compile(suspect.code, suspect.id, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
