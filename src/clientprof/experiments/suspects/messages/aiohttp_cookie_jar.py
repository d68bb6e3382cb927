"""aiohttp asks its cookie jar before every request, also when no cookie was ever set."""

from clientprof.experiments.suspects.evidence.profile_weight import worth_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    # With cookies in it the jar is needed: without it the requests would be other ones.
    if case.scenario.jar or case.scenario.cookies:
        return None
    spent = worth_us(case, "aiohttp.cookiejar")
    return Evidence(f"an empty cookie jar takes {spent:,.1f} µs", spent) if spent is not None else None


SUSPECT = Suspect(
    id="aiohttp-cookie-jar",
    kind=Kind.SETTING,
    layer=Layer.API,
    hypothesis="the jar makes a cookie object for every request though it holds none",
    adapters=frozenset({"aiohttp"}),
    evidence=_evidence,
    intervention=patch("aiohttp_cookie_jar"),
    absent="the jar takes less than 1 % of the client's CPU, or it holds cookies that the requests need",
    gives_up="cookies of the server are forgotten",
    mistaken="the dummy jar makes a cookie object too: it saves only what the real one does beside that",
    remedy="A client of an API that sets no cookies needs no jar.",
    code="aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())",
    pointer="aiohttp/cookiejar.py: CookieJar.filter_cookies",
)
